using System.Collections.Immutable;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Evaluation;

/// <summary>A sample as a model is asked for its answer.</summary>
/// <param name="Prompt">What it is given.</param>
/// <param name="References">The prompt with each answer that counts as right.</param>
/// <param name="Texts">The tokens of the texts beside the prompt, by name.</param>
/// <param name="Pixels">By encoder: for each picture 3 * size * size normalised values.</param>
public sealed record EvaluationRow(RowLayout Prompt, ImmutableArray<ReferenceRow> References, IReadOnlyDictionary<string, long[]> Texts, IReadOnlyDictionary<string, ImmutableArray<float[]>> Pixels);

/// <summary>A prompt and an answer after it.</summary>
/// <param name="Answer">The row's last ids, which are to be predicted.</param>
public sealed record ReferenceRow(RowLayout Row, long[] Answer);

/// <summary>What a model said, and how likely it found the references.</summary>
/// <param name="Text">Up to the token that ended it, without special tokens and blanks around it.</param>
/// <param name="Loss">Over the tokens of all references.</param>
public sealed record EvaluatedAnswer(string Text, FinishReason Finish, TokenLoss Loss);
