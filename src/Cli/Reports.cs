using System.Collections.Immutable;

namespace Mllm.Cli;

/// <summary>What a file describes, in a few lines.</summary>
/// <param name="Variant">Null for the model's own defaults.</param>
/// <param name="VisualTokens">Tokens for each image, by bridge; empty where images are attended to and take no place in the sequence.</param>
internal sealed record ModelSummary(string Model, string? About, string? Variant, ImmutableArray<string> Variants, ImmutableArray<ComponentSummary> Components,
    ImmutableArray<string> VisualTokens)
{
    public ImmutableArray<TaskSummary> Tasks { get; init; } = [];
}

/// <summary>What a model can be asked to do.</summary>
/// <param name="Does">What comes out, and from which texts, in words.</param>
/// <param name="About">What the file says about it, or null.</param>
internal sealed record TaskSummary(string Name, string Does, string? About);

/// <summary>An encoder, bridge, decoder or woven block.</summary>
internal sealed record ComponentSummary(string Role, string Name, string Block, long Parameters);

/// <summary>How a model is about to be run: shown before the first token.</summary>
/// <param name="Weights">Where the weights are from, in words; that they are random numbers where they are.</param>
/// <param name="Inputs">What the model sees: pictures and prompt, in words.</param>
/// <param name="Task">The task in words, or null for a model that has none.</param>
internal sealed record RunSetup(ModelSummary Model, string Device, string Dtype, string Weights, ImmutableArray<string> Inputs, TaskSummary? Task = null);

/// <summary>What a run did.</summary>
internal abstract record RunReport(RunSetup Setup, double LoadSeconds);

/// <summary>A generation: times in seconds, tokens in numbers.</summary>
internal sealed record GenerationReport(RunSetup Setup, string Text, ImmutableArray<long> Ids, string StopReason, double LoadSeconds, double EncodeSeconds,
    int PrefillTokens, double PrefillSeconds, int DecodeTokens, double DecodeSeconds) : RunReport(Setup, LoadSeconds);

/// <summary>Scores of every picture with every candidate text.</summary>
/// <param name="Pictures">Their names; one empty name where the score depends on none.</param>
/// <param name="Texts">The candidates; one empty text where the score depends on none.</param>
/// <param name="Scores">By picture and text.</param>
internal sealed record ScoreReport(RunSetup Setup, double LoadSeconds, ImmutableArray<string> Pictures, ImmutableArray<string> Texts,
    ImmutableArray<ImmutableArray<double>> Scores, double Seconds) : RunReport(Setup, LoadSeconds)
{
    /// <summary>Whether the score is the highest of those that compete: of a picture's texts, and where there is one text, of the pictures. False where nothing competes.</summary>
    public bool IsBest(int picture, int text)
    {
        if (Pictures.Length * Texts.Length == 1)
            return false;
        var rivals = Texts.Length > 1 ? Scores[picture] : [.. Scores.Select(s => s[0])];
        return Scores[picture][text] >= rivals.Max();
    }
}

/// <summary>What a model says of each shipped picture.</summary>
/// <param name="Seconds">Without reading the weights.</param>
internal sealed record SampleReport(RunSetup Setup, double LoadSeconds, ImmutableArray<SampleCaption> Pictures, double Seconds) : RunReport(Setup, LoadSeconds)
{
    /// <summary>Whether captions were asked for, so that the answers can be compared with them.</summary>
    public bool IsCompared => Pictures.All(p => p.Match is not null);

    /// <summary>How many are right.</summary>
    public int Right => Pictures.Count(p => p.Match is { IsRight: true });

    /// <summary>How many are not right but near.</summary>
    public int Near => Pictures.Count(p => p.Match is { IsNear: true });
}

/// <summary>What a model says of a shipped picture.</summary>
/// <param name="Caption">What is in it.</param>
/// <param name="Match">How far it is that; null where something else was asked for.</param>
internal sealed record SampleCaption(string Name, string Text, string Caption, SampleMatch? Match);

/// <summary>How far an answer is what a picture's caption says, as <c>mllmc eval</c> compares.</summary>
/// <param name="IsRight">Whether it is that, word by word.</param>
/// <param name="F1">The harmonic mean of precision and recall over its words.</param>
internal sealed record SampleMatch(bool IsRight, double F1)
{
    /// <summary>Whether it is not right, but half of its words and of the caption's are the same, or more of one and less of the other.</summary>
    public bool IsNear => !IsRight && F1 >= 0.5;
}

/// <summary>A comparison with reference results.</summary>
/// <param name="Setting">What was compared, in words: the model and where its settings came from.</param>
internal sealed record VerifyReport(string Setting, ImmutableArray<VerifyRow> Rows)
{
    /// <summary>Whether everything that was compared agrees, and something was.</summary>
    public bool Passes => Rows.Any(r => r.IsCompared) && Rows.All(r => r.Passes);
}

/// <summary>One tensor of the reference.</summary>
/// <param name="Difference">The largest absolute difference; null when the tensors cannot be compared.</param>
/// <param name="Passes">False for a difference beyond the tolerance; true also for a tensor that this model does not produce.</param>
internal sealed record VerifyRow(string Name, double? Difference, double? Tolerance, bool Passes, string Remark = "")
{
    /// <summary>Whether the model produced it.</summary>
    public bool IsCompared => !Passes || Difference is not null;
}

/// <summary>What was written of a model.</summary>
/// <param name="Merged">How many adapters are in the weights now.</param>
internal sealed record ExportReport(int Tensors, int Merged);
