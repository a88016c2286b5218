namespace Mllm.Runtime.Data;

/// <summary>How a data set is read.</summary>
/// <param name="Seed">Order and augmentation are drawn from it.</param>
/// <param name="Shuffle">Each epoch in an order of its own; else in the files' order.</param>
/// <param name="Workers">Threads that decode and augment; 0 does it on the thread that asks. The samples do not depend on it.</param>
/// <param name="Ahead">How many samples are prepared in advance, at least 1.</param>
/// <param name="SkipBroken">A broken record or picture is passed over with a warning; else it ends the reading.</param>
/// <param name="Augment">How pictures are varied; null leaves them as they are.</param>
public sealed record LoaderOptions(ulong Seed, bool Shuffle, int Workers, int Ahead, bool SkipBroken, Augmentation? Augment)
{
    /// <summary>How many bytes of decoded pictures are kept, so that later epochs do not decode them again.</summary>
    public long CacheBytes { get; init; } = 256L << 20;
}
