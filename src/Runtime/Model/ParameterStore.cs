using System.Collections.Frozen;
using System.Collections.Immutable;
using TorchSharp;
using static TorchSharp.torch;
using Declaration = Mllm.Compiler.Ir.Parameter;
using Weight = TorchSharp.Modules.Parameter;

namespace Mllm.Runtime.Model;

/// <summary>Every parameter of a model by its path: on <c>meta</c> until a tensor is assigned, always in the model's element type and on its device.</summary>
public sealed class ParameterStore
{
    private readonly FrozenDictionary<string, Slot> _slots;
    private readonly Action _changed;

    internal ParameterStore(ImmutableArray<Declaration> declarations, IReadOnlyDictionary<string, ModuleTree> owners, ScalarType dtype, Device device, Action changed)
    {
        (Declarations, Dtype, Device, _changed) = (declarations, dtype, device, changed);
        _slots = declarations.ToFrozenDictionary(d => d.Path, d => new Slot(d, owners[d.Path], dtype), StringComparer.Ordinal);
    }

    /// <summary>What the graph declares, in its order.</summary>
    public ImmutableArray<Declaration> Declarations { get; }

    /// <summary>The element type of every floating-point value of the model.</summary>
    public ScalarType Dtype { get; }

    public Device Device { get; }

    /// <summary>Grows with every change of a value; whoever keeps what was computed from parameters compares it.</summary>
    public long Version { get; private set; }

    /// <summary>The parameter of a path.</summary>
    /// <exception cref="KeyNotFoundException">The graph declares no such parameter.</exception>
    public Weight this[string path] => _slots.TryGetValue(path, out var slot) ? slot.Weight : throw new KeyNotFoundException($"the graph declares no parameter '{path}'");

    public bool Contains(string path) => _slots.ContainsKey(path);

    /// <summary>Whether it holds numbers (or is on <c>meta</c> still).</summary>
    public bool IsMaterialised(string path) => this[path].device_type != DeviceType.META;

    /// <summary>The paths that hold no numbers yet, in the graph's order.</summary>
    public IEnumerable<string> Missing => Declarations.Select(d => d.Path).Where(p => !IsMaterialised(p));

    /// <summary>Makes a tensor the value of a parameter, cast to the model's element type and moved to its device. Copies only where one of these differs.</summary>
    /// <param name="path">A path of the graph.</param>
    /// <param name="value">Of the declared shape; the store owns it from here on.</param>
    /// <exception cref="ArgumentException">The shape is not the declared one.</exception>
    public void Assign(string path, Tensor value)
    {
        if (!_slots.TryGetValue(path, out var slot))
            throw new KeyNotFoundException($"the graph declares no parameter '{path}'");
        if (!value.shape.AsSpan().SequenceEqual(slot.Shape))
            throw new ArgumentException($"parameter '{path}' has the shape [{string.Join(", ", slot.Shape)}], found [{string.Join(", ", value.shape)}]", nameof(value));
        if (value.dtype != Dtype || !IsOn(value, Device))
        {
            using var given = value;
            value = given.to(Dtype, Device);
        }
        var trains = slot.Weight.requires_grad;
        slot.Replace(new Weight(value, trains));
        Touch();
    }

    /// <summary>Says that values were changed in place (by an optimiser): whatever was derived from them is computed anew.</summary>
    public void Touch()
    {
        Version++;
        _changed();
    }

    private static bool IsOn(Tensor tensor, Device device) => tensor.device_type == device.type && (device.index < 0 || tensor.device_index == device.index);

    private sealed class Slot
    {
        private readonly ModuleTree _owner;
        private readonly string _name;

        public Slot(Declaration declaration, ModuleTree owner, ScalarType dtype)
        {
            (_owner, _name) = (owner, declaration.Path[(declaration.Path.LastIndexOf('.') + 1)..]);
            Shape = [.. declaration.Shape.Select(d => d.Value ?? throw new InvalidOperationException($"parameter '{declaration.Path}' has the symbolic size {d}"))];
            Weight = Own(new Weight(empty(Shape, dtype, META), requires_grad: false));
            owner.Put(_name, Weight);
        }

        public long[] Shape { get; }

        public Weight Weight { get; private set; }

        public void Replace(Weight weight)
        {
            var old = Weight;
            _owner.Put(_name, Weight = Own(weight));
            old.Dispose();
        }

        /// <summary>A parameter lives as long as the model, whatever scope the caller has open.</summary>
        private static Weight Own(Weight weight)
        {
            weight.DetachFromDisposeScope();
            return weight;
        }
    }
}
