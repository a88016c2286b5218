using System.Collections.Immutable;

namespace Mllm.Runtime.Generation;

/// <summary>When generation ends.</summary>
/// <param name="MaxTokens">The most tokens for a row.</param>
/// <param name="StopIds">Tokens that end a row; the row keeps the one that ended it.</param>
/// <param name="PadId">What a row that has ended is fed while others go on.</param>
public sealed record GenerationOptions(int MaxTokens, ImmutableArray<long> StopIds = default, long PadId = 0);
