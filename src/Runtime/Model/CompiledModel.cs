using Mllm.Compiler.Ir;
using Mllm.Runtime.Native;
using static TorchSharp.torch;

namespace Mllm.Runtime.Model;

/// <summary>The one module of a compiled model: exactly the graph's parameters under exactly their paths.</summary>
/// <remarks>It computes nothing itself; an <see cref="Execution.Executor"/> runs its graph.</remarks>
public sealed class CompiledModel : ModuleTree
{
    private CompiledModel(Graph graph, ScalarType dtype, Device device) : base(graph.Name)
    {
        Graph = graph;
        var owners = graph.Parameters.ToDictionary(p => p.Path, p => Descend(p.Path[..Math.Max(0, p.Path.LastIndexOf('.'))]), StringComparer.Ordinal);
        Parameters = new ParameterStore(graph.Parameters, owners, dtype, device, Constants.Clear);
    }

    public Graph Graph { get; }

    public ParameterStore Parameters { get; }

    public ScalarType Dtype => Parameters.Dtype;

    public Device Device => Parameters.Device;

    /// <summary>What depends on parameters alone and is kept: computed once, thrown away when a parameter changes.</summary>
    internal ConstantPool Constants { get; } = new();

    /// <summary>Makes the module with every parameter on <c>meta</c>: names and shapes, no memory.</summary>
    /// <param name="graph">Its parameters have known sizes.</param>
    /// <param name="dtype">The element type of parameters and floating-point values: float32, bfloat16 or float64.</param>
    /// <param name="device">Where the parameters will be once assigned; the CPU unless given.</param>
    /// <exception cref="ArgumentException">Another element type.</exception>
    public static CompiledModel OnMeta(Graph graph, ScalarType dtype = ScalarType.Float32, Device? device = null)
    {
        if (dtype is not (ScalarType.Float32 or ScalarType.BFloat16 or ScalarType.Float64))
            throw new ArgumentException($"a model is materialised in float32, bfloat16 or float64, not in {dtype}", nameof(dtype));
        TorchLibrary.Load();
        return new CompiledModel(graph, dtype, device ?? CPU);
    }

    /// <summary>Draws fresh values for the parameters that hold none yet, or for all of them.</summary>
    /// <param name="seed">Equal seeds give equal values on every device and in every order.</param>
    /// <param name="all">Whether parameters that hold values are drawn anew.</param>
    public CompiledModel Initialise(ulong seed, bool all = false)
    {
        Initialisation.Fill(Parameters, seed, all ? [.. Parameters.Declarations.Select(d => d.Path)] : [.. Parameters.Missing]);
        return this;
    }

    /// <summary>Draws fresh values for the parameters of some paths.</summary>
    public CompiledModel Initialise(ulong seed, IReadOnlyCollection<string> paths)
    {
        Initialisation.Fill(Parameters, seed, paths);
        return this;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            Constants.Clear();
        base.Dispose(disposing);
    }
}
