using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>
/// What <c>detach</c> gave in the first run of an entry: the same is given in all later runs whose contexts share it. A gradient takes what is detached for constants; difference
/// quotients are comparable with it where parameters are moved and what is detached does not move with them.
/// </summary>
public sealed class DetachedValues : IDisposable
{
    private readonly Dictionary<(string Entry, int Place), Tensor> _values = [];

    /// <summary>The value of the first run, as a handle of its own.</summary>
    internal Tensor Of(string entry, int place, Tensor value)
    {
        if (!_values.TryGetValue((entry, place), out var kept))
        {
            using var plain = value.detach();
            _values.Add((entry, place), kept = plain.clone().DetachFromDisposeScope());
        }
        return kept.alias();
    }

    public void Dispose()
    {
        foreach (var value in _values.Values)
            value.Dispose();
        _values.Clear();
    }
}
