using Mllm.Runtime.Data;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Training;

/// <summary>A sample as a stage's loss takes it.</summary>
/// <param name="Loaded">The record and its pixels.</param>
/// <param name="Row">Its conversation with labels; null where the loss has no language modelling.</param>
/// <param name="Texts">The tokens of the texts beside the prompt, by name.</param>
public sealed record TrainingSample(LoadedSample Loaded, RowLayout? Row, IReadOnlyDictionary<string, long[]> Texts)
{
    public int Pictures => Loaded.Sample.Turns.Sum(t => t.Pictures.Length);

    /// <summary>How many tokens are to be predicted.</summary>
    public long Supervised { get; } = Row?.Labels?.LongCount(l => l != PromptLayout.Unlabelled) ?? 0;

    /// <summary>Positions of the language model and of all texts.</summary>
    public long Tokens => (Row?.Length ?? 0) + Texts.Values.Sum(t => (long)t.Length);
}
