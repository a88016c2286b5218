using System.Collections.Immutable;

namespace Mllm.Runtime.Generation;

/// <summary>Why a row ended.</summary>
public enum FinishReason
{
    /// <summary>A stop came; it is the row's end.</summary>
    Stop,

    /// <summary>The most tokens were reached.</summary>
    Length,

    /// <summary>The caller cancelled.</summary>
    Cancelled,
}

/// <summary>The tokens of one row.</summary>
/// <param name="Ids">All that were chosen, a stop included.</param>
/// <param name="StopLength">How many of them, at the end, are the stop.</param>
public sealed record GeneratedRow(ImmutableArray<long> Ids, FinishReason Finish, int StopLength = 0)
{
    /// <summary>The tokens before the stop.</summary>
    public ImmutableArray<long> Answer => Ids[..^StopLength];
}

/// <summary>A token of a row's answer, for streaming.</summary>
/// <param name="Index">Its place among the row's new tokens, from 0.</param>
public readonly record struct GeneratedToken(int Row, int Index, long Id);

/// <summary>What a decoding step is given.</summary>
/// <param name="Tokens">The last token of each row; the padding token where the row has ended.</param>
/// <param name="Index">How many steps came before this one.</param>
/// <param name="Ended">Which rows have ended: their logits are not looked at.</param>
public readonly record struct DecodeStep(long[] Tokens, int Index, bool[] Ended);

/// <summary>What generation gave, and the time it took.</summary>
/// <param name="Prefill">From the start until the first tokens were chosen.</param>
/// <param name="Decode">All steps after that.</param>
/// <param name="Steps">How many steps there were: each gives one token to every row that goes on.</param>
public sealed record GenerationResult(ImmutableArray<GeneratedRow> Rows, TimeSpan Prefill, TimeSpan Decode, int Steps)
{
    /// <summary>Steps in a second; null without steps. Times the rows, it is the throughput of a batch.</summary>
    public double? StepsPerSecond => Steps > 0 ? Steps / Decode.TotalSeconds : null;
}
