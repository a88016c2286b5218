using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A parameter that a model has: its path and its sizes. All of a model's parameters are floating point.</summary>
public sealed record ExpectedTensor(string Path, ImmutableArray<long> Shape);

/// <summary>A parameter and the tensor that becomes its value.</summary>
public sealed record LoadedTensor(string Path, SourceTensor Tensor);

/// <summary>A parameter that no tensor of the checkpoint is for; <paramref name="Name"/> was looked for.</summary>
public sealed record MissingTensor(string Path, string Name, ImmutableArray<long> Shape);

/// <summary>A parameter whose tensor has other sizes.</summary>
public sealed record WrongShape(string Path, ImmutableArray<long> Expected, SourceTensor Tensor);

/// <summary>A parameter whose tensor does not hold floating-point numbers.</summary>
public sealed record WrongDtype(string Path, SourceTensor Tensor);

/// <summary>A checkpoint tensor that several parameters get their values from.</summary>
public sealed record SharedTensor(string Name, ImmutableArray<string> Paths);

/// <summary>How one of several maps did: parameters that it finds with the right shape and dtype.</summary>
public sealed record MapScore(string Map, int Loaded);

/// <summary>How many parameters of a component a checkpoint has a tensor for.</summary>
public sealed record ComponentCount(string Component, int Parameters);

/// <summary>What one of several checkpoints gives to a model.</summary>
/// <param name="Source">Its file or folder.</param>
/// <param name="Map">The name of the map that it follows, where it has one.</param>
/// <param name="Tried">All maps that were tried.</param>
/// <param name="Components">What it gives, by component in the model's order.</param>
/// <param name="Overridden">Parameters that it has a tensor for but that a later checkpoint gives.</param>
public sealed record LoadPart(
    string Source, string? Map, ImmutableArray<MapScore> Tried, ImmutableArray<ComponentCount> Components, int Overridden);

/// <summary>
/// What loading a checkpoint into a model would do, known from the headers alone. Every parameter is in exactly one of
/// loaded, missing, wrong shape and wrong dtype; every tensor that no parameter asked for is unexpected or ignored.
/// </summary>
public sealed record LoadReport
{
    /// <summary>The checkpoint's file or folder.</summary>
    public required string Source { get; init; }

    /// <summary>Number of files of the checkpoint.</summary>
    public required int Files { get; init; }

    /// <summary>Number of tensors of the checkpoint.</summary>
    public required int Tensors { get; init; }

    /// <summary>Bytes of all its tensors.</summary>
    public required long Bytes { get; init; }

    /// <summary>In the model's order.</summary>
    public required ImmutableArray<LoadedTensor> Loaded { get; init; }

    /// <summary>In the model's order.</summary>
    public required ImmutableArray<MissingTensor> Missing { get; init; }

    /// <summary>In the model's order.</summary>
    public required ImmutableArray<WrongShape> WrongShapes { get; init; }

    /// <summary>In the model's order.</summary>
    public required ImmutableArray<WrongDtype> WrongDtypes { get; init; }

    /// <summary>By name.</summary>
    public required ImmutableArray<SourceTensor> Unexpected { get; init; }

    /// <summary>By name.</summary>
    public required ImmutableArray<SourceTensor> Ignored { get; init; }

    /// <summary>Tensors that are read more than once.</summary>
    public required ImmutableArray<SharedTensor> Shared { get; init; }

    /// <summary>Patterns that cover no tensor of the checkpoint that the model leaves over.</summary>
    public required ImmutableArray<string> IdleIgnores { get; init; }

    /// <summary>Renamed prefixes that would explain missing tensors, best first.</summary>
    public ImmutableArray<RenameHint> Renames { get; init; } = [];

    /// <summary>The name of the map that was used, where it has one.</summary>
    public string? Map { get; init; }

    /// <summary>All maps that were tried, where there was a choice.</summary>
    public ImmutableArray<MapScore> Tried { get; init; } = [];

    /// <summary>What each checkpoint gives, where there are several, in the order given.</summary>
    public ImmutableArray<LoadPart> Parts { get; init; } = [];

    /// <summary>What the files hold beside tensors, such as an optimiser's state.</summary>
    public ImmutableArray<string> Aside { get; init; } = [];

    /// <summary>True if every parameter gets its value from the checkpoint.</summary>
    public bool IsComplete => Missing.IsEmpty && WrongShapes.IsEmpty && WrongDtypes.IsEmpty;

    /// <summary>True if, besides, the checkpoint holds nothing that the model has no place for.</summary>
    public bool IsExact => IsComplete && Unexpected.IsEmpty;

    /// <summary>What stands in the way of an exact load, one error for each kind: MLLM6040 to MLLM6043.</summary>
    public ImmutableArray<WeightsError> Errors =>
    [
        .. Missing.IsEmpty ? Array.Empty<WeightsError>() : [LoadErrors.Missing(this)],
        .. WrongShapes.IsEmpty ? Array.Empty<WeightsError>() : [LoadErrors.WrongShape(this)],
        .. WrongDtypes.IsEmpty ? Array.Empty<WeightsError>() : [LoadErrors.WrongDtype(this)],
        .. Unexpected.IsEmpty ? Array.Empty<WeightsError>() : [LoadErrors.Unexpected(this)],
    ];

    /// <summary>The report for a person: counts, then the groups of everything that is not right.</summary>
    public string ToText(int mostGroups = 20) => LoadReportText.Render(this, mostGroups);

    /// <summary>The whole report as JSON, every tensor listed.</summary>
    public string ToJson() => LoadReportJson.Render(this);
}
