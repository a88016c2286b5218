using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>
/// Puts what adapters do into the weights of the linear maps that they adapt. It knows no adapter: it runs the adapter's own graph, in float64, on unit vectors and
/// on what the map makes of them; what comes out are the columns of the adapted map.
/// </summary>
public sealed class AdapterMerging : IDisposable
{
    /// <summary>Unit vectors in one run; a bound on memory alone.</summary>
    private const long MostRows = 1024;

    private readonly Dictionary<Graph, (CompiledModel Model, Executor Executor)> _adapters = new(ReferenceEqualityComparer.Instance);

    /// <summary>The weight, and the bias where the map has one, of a map with its adapter merged.</summary>
    /// <param name="adapter">One that <see cref="Mergeability"/> has nothing against.</param>
    /// <param name="parameter">Gives the parameter of a full path; it stays its owner's.</param>
    /// <returns>Full paths with tensors of the parameters' shapes and element types, which the caller disposes.</returns>
    public ImmutableArray<(string Path, Tensor Value)> Merge(Adapter adapter, Func<string, Tensor> parameter)
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        var executor = Prepare(adapter, parameter);
        var (weightPath, biasPath) = (InstancePath.Join(adapter.Target, "weight"), InstancePath.Join(adapter.Target, "bias"));
        var (weight, isTransposed) = (parameter(weightPath), adapter.Attributes.Bool("transposed"));
        var map = (isTransposed ? weight : weight.t()).to(ScalarType.Float64);
        var changed = empty(map.shape, ScalarType.Float64);
        for (var start = 0L; start < map.shape[0]; start += MostRows)
        {
            var rows = Math.Min(MostRows, map.shape[0] - start);
            var units = zeros(rows, map.shape[0], ScalarType.Float64);
            units.narrow(1, start, rows).copy_(eye(rows, rows, ScalarType.Float64));
            changed.narrow(0, start, rows).copy_(Run(executor, units, map.narrow(0, start, rows)));
        }
        var merged = ImmutableArray.CreateBuilder<(string, Tensor)>();
        merged.Add((weightPath, Kept(isTransposed ? changed : changed.t(), weight.dtype)));
        if (adapter.Attributes.Bool("bias"))
        {
            // The map's constant part goes through the adapter as the result of a zero operand.
            var bias = parameter(biasPath);
            var offset = Run(executor, zeros(1, map.shape[0], ScalarType.Float64), bias.to(ScalarType.Float64).unsqueeze(0));
            merged.Add((biasPath, Kept(offset.squeeze(0), bias.dtype)));
        }
        return merged.ToImmutable();
    }

    public void Dispose()
    {
        foreach (var (model, _) in _adapters.Values)
            model.Dispose();
        _adapters.Clear();
    }

    /// <summary>The adapter's graph with this adapter's parameters.</summary>
    private Executor Prepare(Adapter adapter, Func<string, Tensor> parameter)
    {
        if (!_adapters.TryGetValue(adapter.Graph, out var known))
        {
            var model = CompiledModel.OnMeta(Pipeline.Run(adapter.Graph), ScalarType.Float64);
            _adapters[adapter.Graph] = known = (model, new Executor(model));
        }
        foreach (var declared in known.Model.Parameters.Declarations)
            known.Model.Parameters.Assign(declared.Path, parameter(InstancePath.Join(adapter.Target, declared.Path)).detach().to(ScalarType.Float64, copy: true));
        return known.Executor;
    }

    private static Tensor Run(Executor executor, Tensor operand, Tensor result) =>
        executor.Run(Adapter.Entry, [operand.unsqueeze(0), result.unsqueeze(0)])[0].squeeze(0);

    private static Tensor Kept(Tensor value, ScalarType dtype) => value.to(dtype).contiguous().MoveToOuterDisposeScope();
}
