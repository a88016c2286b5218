using System.Collections.Concurrent;
using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>
/// Decodes pictures and keeps them up to a number of bytes. None is ever dropped for another: when every epoch reads every picture once, what was kept
/// first is worth as much as what comes later. The pictures are shared, so nobody may write into them.
/// </summary>
internal sealed class PictureStore(long limit)
{
    /// <summary>How much larger than its encoder wants it a picture is at most when it is varied: a crop of two thirds of its area loses nothing.</summary>
    private const double Reserve = 1.25;

    private readonly ConcurrentDictionary<(string Path, int Side, Rgb? Ground), RgbImage> _kept = new();
    private long _bytes;

    /// <summary>A picture as it is stored.</summary>
    /// <exception cref="DataException">It cannot be read.</exception>
    public RgbImage Get(string path, RecordPlace place) => Get((path, 0, null), () => Decode(path, place));

    /// <summary>A picture to be varied for an encoder: laid on its ground, and not much larger than the encoder wants it, so that varying it costs no more than its result is worth.</summary>
    /// <exception cref="DataException">It cannot be read.</exception>
    public RgbImage Get(string path, RecordPlace place, ImageSpec spec)
    {
        var side = (int)(Reserve * spec.Size);
        return Get((path, side, spec.Transparent), () =>
        {
            var picture = ImageTransform.Opaque(Decode(path, place), spec);
            var factor = (double)side / Math.Min(picture.Width, picture.Height);
            if (factor >= 1)
                return picture;
            var (width, height) = (Math.Max(side, (int)(factor * picture.Width)), Math.Max(side, (int)(factor * picture.Height)));
            return Resampler.Resize(picture, width, height, Resample.Bicubic, new Window(0, 0, width, height));
        });
    }

    private RgbImage Get((string, int, Rgb?) key, Func<RgbImage> make)
    {
        if (_kept.TryGetValue(key, out var known))
            return known;
        var image = make();
        var size = (image.IsTransparent ? 4L : 3L) * image.Width * image.Height;
        if (Interlocked.Add(ref _bytes, size) > limit || !_kept.TryAdd(key, image))
            Interlocked.Add(ref _bytes, -size);
        return image;
    }

    private static RgbImage Decode(string path, RecordPlace place) => ImageLoader.Load(path).TryGet(out var image, out var error) ? image : throw new DataException(place, error.Replace(path, place.Shown(path), StringComparison.Ordinal));
}
