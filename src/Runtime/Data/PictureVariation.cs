using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Varies one picture as an <see cref="Augmentation"/> says.</summary>
internal static class PictureVariation
{
    /// <summary>The varied picture; the picture itself, unchanged, where nothing is to be varied.</summary>
    public static RgbImage Of(RgbImage picture, Augmentation augment, ulong seed) =>
        augment == new Augmentation() ? picture : throw new NotSupportedException($"augmentation (seed {seed})");
}
