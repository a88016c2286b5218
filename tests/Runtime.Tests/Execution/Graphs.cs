using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Native;
using TorchSharp;

namespace Mllm.Runtime.Tests.Execution;

/// <summary>Puts functions together to graphs and models.</summary>
internal static class Graphs
{
    static Graphs()
    {
        TorchLibrary.Load();
        // The tensors of tests are so small that threads only wait for each other.
        torch.set_num_threads(1);
    }

    /// <summary>A graph whose entries have the names of their functions; parameters are collected from what the entries reach.</summary>
    public static Graph Of(Function[] entries, params Function[] others)
    {
        var functions = entries.Concat(others).ToImmutableArray();
        var parameters = new Dictionary<string, Parameter>();
        foreach (var entry in entries)
            Collect(functions, entry, "", parameters);
        return new Graph("test", functions, [.. entries.Select(e => new EntryPoint(e.Name, e.Name))], [.. parameters.Values]);
    }

    public static CompiledModel Model(Graph graph, torch.ScalarType dtype = torch.ScalarType.Float64, ulong seed = 1) =>
        CompiledModel.OnMeta(graph, dtype).Initialise(seed);

    /// <summary>An executor that checks every shape.</summary>
    public static Executor Guarded(CompiledModel model) => new(model, new ExecutorOptions(GuardShapes: true));

    private static void Collect(ImmutableArray<Function> functions, Function function, string path, Dictionary<string, Parameter> parameters)
    {
        foreach (var node in function.Nodes)
        {
            var inner = Join(path, node.Path);
            if (node is CallNode call)
                Collect(functions, functions.First(f => f.Name == call.Callee), inner, parameters);
            else if (node is OpNode op)
                foreach (var parameter in op.Op.Parameters(op.Attributes))
                    parameters.TryAdd(Join(inner, parameter.Name), new Parameter(Join(inner, parameter.Name), parameter.Shape, parameter.Initializer, "test", default));
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : $"{path}.{name}";
}
