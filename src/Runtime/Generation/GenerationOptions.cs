namespace Mllm.Runtime.Generation;

/// <summary>When generation ends.</summary>
/// <param name="MaxTokens">The most tokens for a row.</param>
/// <param name="Stops">What ends a row; the row keeps it.</param>
/// <param name="PadId">What a row that has ended is fed while others go on.</param>
public sealed record GenerationOptions(int MaxTokens, StopSequences? Stops = null, long PadId = 0)
{
    /// <summary>How many texts are kept side by side by <see cref="BeamSearch"/>; 1 chooses token after token.</summary>
    public int Beams { get; init; } = 1;
}
