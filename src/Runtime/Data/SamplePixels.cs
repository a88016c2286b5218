using System.Collections.Immutable;
using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>Makes the pixels of a sample's pictures for every encoder; used by several threads at a time.</summary>
internal sealed class SamplePixels(IReadOnlyDictionary<string, ImageSpec> encoders, LoaderOptions options)
{
    private readonly PictureStore _pictures = new(options.CacheBytes);

    /// <exception cref="DataException">A picture cannot be read.</exception>
    public ImmutableSortedDictionary<string, ImmutableArray<float[]>> Of(Sample sample, int epoch, int index)
    {
        var builders = encoders.Keys.ToDictionary(name => name, _ => ImmutableArray.CreateBuilder<float[]>());
        foreach (var (path, number) in sample.Pictures.Select((path, number) => (path, number)))
        {
            var seed = SplitMix64.Join(options.Seed, (ulong)epoch, (ulong)index, (ulong)number);
            (RgbImage? picture, RgbImage? varied) = (null, null);
            foreach (var (name, spec) in encoders)
            {
                var decoded = _pictures.Get(path, sample.Place);
                // Encoders that take the same decoded picture share its variation; others draw the same numbers again.
                if (varied is null || !ReferenceEquals(decoded, picture))
                    (picture, varied) = (decoded, options.Augment is { } augment ? PictureVariation.Of(ImageTransform.Opaque(decoded, spec), augment, seed) : decoded);
                builders[name].Add(ImageTransform.Apply(varied, spec).Data);
            }
        }

        return builders.ToImmutableSortedDictionary(b => b.Key, b => b.Value.ToImmutable(), StringComparer.Ordinal);
    }
}
