using System.Collections.Concurrent;
using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Data;

/// <summary>
/// Decodes pictures and keeps them up to a number of bytes. None is ever dropped for another: when every epoch reads every picture once, what was kept
/// first is worth as much as what comes later. The pictures are shared, so nobody may write into them.
/// </summary>
internal sealed class PictureStore(long limit)
{
    private readonly ConcurrentDictionary<string, RgbImage> _kept = new(StringComparer.Ordinal);
    private long _bytes;

    /// <exception cref="DataException">It cannot be read.</exception>
    public RgbImage Get(string path, RecordPlace place)
    {
        if (_kept.TryGetValue(path, out var known))
            return known;
        if (!ImageLoader.Load(path).TryGet(out var image, out var error))
            throw new DataException(place, error);
        var size = (image.IsTransparent ? 4L : 3L) * image.Width * image.Height;
        if (Interlocked.Add(ref _bytes, size) > limit || !_kept.TryAdd(path, image))
            Interlocked.Add(ref _bytes, -size);
        return image;
    }
}
