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
            foreach (var (name, spec) in encoders)
                builders[name].Add(ImageTransform.Apply(Picture(path, sample.Place, spec, seed), spec).Data);
        }

        return builders.ToImmutableSortedDictionary(b => b.Key, b => b.Value.ToImmutable(), StringComparer.Ordinal);
    }

    /// <summary>A picture is laid on its ground before it is varied: what is uncovered then takes the ground's colour, and no transparent part shows.</summary>
    private RgbImage Picture(string path, RecordPlace place, ImageSpec spec, ulong seed) =>
        options.Augment is { } augment ? PictureVariation.Of(_pictures.Get(path, place, spec), augment, seed) : _pictures.Get(path, place);
}
