using System.Collections.Concurrent;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>What frozen parts gave for pictures that are the same in every epoch, by the picture's place in the data.</summary>
/// <param name="capacity">The most bytes that are kept; what is met later is computed each time.</param>
public sealed class FeatureCache(long capacity) : IDisposable
{
    private readonly Dictionary<(string Entry, int Sample, int Picture), Tensor[]> _kept = [];
    private readonly ConcurrentDictionary<(string Entry, int Sample), bool> _complete = new();

    public long Bytes { get; private set; }

    public int Pictures => _kept.Count;

    /// <summary>Whether everything that an entry gives for a sample's pictures is kept; may be asked from any thread.</summary>
    public bool Has(string entry, int sample) => _complete.ContainsKey((entry, sample));

    /// <summary>What was kept for a picture, each without the axis of pictures; the cache owns it.</summary>
    public Tensor[] this[string entry, int sample, int picture] => _kept[(entry, sample, picture)];

    /// <summary>Keeps copies of what an entry gave for the pictures of a sample, where there is room.</summary>
    public void Keep(string entry, int sample, IReadOnlyList<Tensor[]> pictures)
    {
        var bytes = pictures.Sum(p => p.Sum(v => v.numel() * v.element_size()));
        if (Bytes + bytes > capacity || Has(entry, sample))
            return;
        for (var p = 0; p < pictures.Count; p++)
            _kept[(entry, sample, p)] = [.. pictures[p].Select(v => v.detach().clone().DetachFromDisposeScope())];
        Bytes += bytes;
        _complete[(entry, sample)] = true;
    }

    public void Dispose()
    {
        foreach (var tensor in _kept.Values.SelectMany(v => v))
            tensor.Dispose();
        _kept.Clear();
    }
}
