using Mllm.Compiler;
using Mllm.Compiler.Planning;
using Mllm.Compiler.Std;
using Mllm.Runtime.Model;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Models;

/// <summary>What the compiler plans is what the runtime makes: names and shapes of every setting, the 80B included, which takes no memory on <c>meta</c>.</summary>
public class StateDictTests
{
    public static TheoryData<string, string?> All
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var path in ShippedModels.Paths)
                foreach (var variant in ShippedModels.Load(path)!.Variants)
                    data.Add(path, variant);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Names_and_shapes_are_those_of_the_plan(string path, string? variant)
    {
        var program = ShippedModels.Load(path)!.Compile(new CompileRequest(variant)).Value!;
        var graph = program.Graph;
        using var model = CompiledModel.OnMeta(graph, torch.ScalarType.BFloat16);
        var state = model.state_dict();
        Assert.All(state.Values, t => Assert.Equal(DeviceType.META, t.device_type));
        Assert.Equal(
            graph.Parameters.Select(p => $"{p.Path} [{string.Join(", ", p.Shape)}]").Order(StringComparer.Ordinal),
            state.Select(t => $"{t.Key} [{string.Join(", ", t.Value.shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(Plan.Of(program).Parameters.Count, model.parameters().Sum(p => p.numel()));
    }
}
