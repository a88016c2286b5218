using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>
/// The exact values of a model's parameters: the parameters themselves, or, where a model computes in bfloat16, a float32 master beside each parameter that
/// training changes, which is rounded into the model (Micikevicius et al., 2018, section 3.1).
/// </summary>
public sealed class MasterWeights(ParameterStore parameters) : IDisposable
{
    private readonly Dictionary<string, Tensor> _masters = new(StringComparer.Ordinal);

    /// <summary>Whether the model holds rounded values.</summary>
    public bool AreRounded => parameters.Dtype is not (ScalarType.Float32 or ScalarType.Float64);

    /// <summary>The exact value of a parameter, to be read: of one without a master what the model holds.</summary>
    public Tensor this[string path] => _masters.TryGetValue(path, out var master) ? master : parameters[path];

    /// <summary>The exact value of a parameter that is going to change; not for the caller to dispose.</summary>
    public Tensor ToChange(string path)
    {
        if (_masters.TryGetValue(path, out var master))
            return master;
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        var detached = parameters[path].detach();
        // Of exact parameters this is the same memory under another handle.
        return _masters[path] = (AreRounded ? detached.to(ScalarType.Float32) : detached).DetachFromDisposeScope();
    }

    /// <summary>Rounds what was changed into the model.</summary>
    public void Round(IEnumerable<string> paths)
    {
        if (!AreRounded)
            return;
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        foreach (var path in paths)
            parameters[path].copy_(_masters[path]);
    }

    /// <summary>Makes a value the exact one of a parameter, in place. One that the model holds exactly gets no master, which would stand still while the model's own value moves.</summary>
    public void Assign(string path, Tensor value)
    {
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        if (value.dtype == parameters.Dtype && !_masters.ContainsKey(path))
        {
            parameters[path].copy_(value);
            return;
        }
        ToChange(path).copy_(value);
        Round([path]);
    }

    public void Dispose()
    {
        foreach (var master in _masters.Values)
            master.Dispose();
        _masters.Clear();
    }
}
