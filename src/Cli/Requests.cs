using System.Collections.Immutable;
using Mllm.Compiler;

namespace Mllm.Cli;

/// <summary>One model of a file, in one of its variants.</summary>
/// <param name="Path">The file, as the user named it.</param>
/// <param name="Variant">Null for the default one.</param>
/// <param name="Settings">Values for single parameters, as text, in the order given.</param>
/// <param name="Task">A task whose settings of the model's parameters are taken; null for none.</param>
internal sealed record ModelRequest(string Path, string? Variant, ImmutableArray<Setting> Settings, string? Task = null)
{
    /// <summary>The same, as the compiler is asked.</summary>
    public CompileRequest ToCompile() => new(Variant, [.. Settings.Select(s => KeyValuePair.Create(s.Name, s.Value))]) { Task = Task };
}

/// <summary><c>--set NAME=VALUE</c> or <c>--text NAME=VALUE</c>.</summary>
internal sealed record Setting(string Name, string Value);

/// <summary>What a plan is asked for; null means that the size stays symbolic, or that no stage is chosen.</summary>
internal sealed record PlanRequest(ModelRequest Model, string? Stage, long? Text, long? Images);

/// <summary>One generation, or scores. What is null or empty is decided by the file (task, prompt, texts, picture) or by the machine.</summary>
internal sealed record RunRequest(ModelRequest Model)
{
    public ImmutableArray<string> Images { get; init; } = [];

    /// <summary>What the user says; several are candidates for a score.</summary>
    public ImmutableArray<string> Prompts { get; init; } = [];

    /// <summary>Texts beside the prompt, by name.</summary>
    public ImmutableArray<Setting> Texts { get; init; } = [];

    /// <summary>Files or folders of checkpoints, a later one over earlier ones; none for those that belong to the file, or else for seeded random numbers.</summary>
    public ImmutableArray<string> Weights { get; init; } = [];

    /// <summary>Random numbers also where weights belong to the file.</summary>
    public bool IsRandom { get; init; }

    /// <summary>Whether the weights are those that belong to the file, and not named by the user.</summary>
    public bool HasOwnWeights { get; init; }

    /// <summary>Whether a model with the weights that belong to the file looks at all shipped pictures where it is given none.</summary>
    public bool ShowsSamples { get; init; }

    public string Device { get; init; } = "auto";

    public string Dtype { get; init; } = "auto";

    public int? MaxTokens { get; init; }

    /// <summary>0 takes the likeliest token.</summary>
    public double Temperature { get; init; }

    public double TopP { get; init; } = 1;

    /// <summary>How many unfinished texts are kept side by side; null for the task's own.</summary>
    public int? Beams { get; init; }

    public long Seed { get; init; }
}

/// <summary>A comparison with stored reference results; without a model the folder's configuration says which.</summary>
internal sealed record VerifyRequest(ModelRequest? Model, string Golden, string Device)
{
    /// <summary>Checkpoints to use in place of the folder's own, a later one over earlier ones.</summary>
    public ImmutableArray<string> From { get; init; } = [];
}

/// <summary>The pixel tensor that a file's <c>image</c> section makes of a picture.</summary>
internal sealed record PreprocessRequest(ModelRequest Model, string Image, string Out);

/// <summary>A checkpoint of a model, or several that make it up, to be written as another.</summary>
/// <param name="As">The `checkpoint` section whose names are written; null for the model's own.</param>
/// <param name="Dtype">`bf16`, `f32` or `f64`; null for the element type that each tensor has.</param>
/// <param name="ForInference">Whether what only training needs is left out.</param>
internal sealed record ExportRequest(ModelRequest Model, ImmutableArray<string> From, string Out, string? As, bool Merge, string? Dtype, bool ForInference);
