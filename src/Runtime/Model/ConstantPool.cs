using static TorchSharp.torch;

namespace Mllm.Runtime.Model;

/// <summary>Tensors that depend on parameters alone, by what they are: shared by all programs of a model, so that each is computed once.</summary>
internal sealed class ConstantPool
{
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);

    public int Count => _tensors.Count;

    public IEnumerable<Tensor> All => _tensors.Values;

    public Tensor? Find(string key)
    {
        lock (_tensors)
            return _tensors.GetValueOrDefault(key);
    }

    /// <summary>Keeps a tensor; the pool owns it, and gives back the one it had where there was one already.</summary>
    public Tensor Keep(string key, Tensor tensor)
    {
        lock (_tensors)
        {
            if (!_tensors.TryGetValue(key, out var kept))
                _tensors.Add(key, kept = tensor.DetachFromDisposeScope());
            else if (!ReferenceEquals(kept, tensor))
                tensor.Dispose();
            return kept;
        }
    }

    public void Clear()
    {
        lock (_tensors)
        {
            foreach (var tensor in _tensors.Values)
                tensor.Dispose();
            _tensors.Clear();
        }
    }
}
