using System.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Model;
using Mllm.Runtime.Native;
using Mllm.Runtime.Tests.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Model;

public class CompiledModelTests
{
    public CompiledModelTests() => TorchLibrary.Load();

    [Fact]
    public void The_state_dict_has_exactly_the_graph_s_paths()
    {
        string[] paths = ["latents", "llm.model.layers.0.self_attn.q_proj.weight", "llm.model.layers.1.self_attn.q_proj.weight", "llm.model.norm.weight", "vision.0.1.bias", "llm.lm_head.weight"];
        using var model = CompiledModel.OnMeta(Of([.. paths.Select(p => (p, new long[] { 2, 3 }, Initializer.Zeros))]));
        var state = model.state_dict();
        Assert.Equal(paths.Order(StringComparer.Ordinal), state.Keys.Order(StringComparer.Ordinal));
        Assert.All(state.Values, t => Assert.Equal(DeviceType.META, t.device_type));
        Assert.All(state.Values, t => Assert.Equal([2, 3], t.shape));
        Assert.Equal(paths, model.Parameters.Missing);
    }

    [Fact]
    public void A_large_model_takes_no_memory_and_little_time_on_meta()
    {
        // The 80B Flamingo's order of size: 80 layers of 12 tensors of 8192 · 28672 elements are 225 GB in one byte each.
        var graph = Of([.. from layer in Enumerable.Range(0, 80) from part in Enumerable.Range(0, 12) select ($"llm.model.layers.{layer}.part{part}.weight", new long[] { 8192, 28672 }, Initializer.Normal(0.02))]);
        CompiledModel.OnMeta(Of([("w", [1], Initializer.Zeros)])).Dispose();
        var (clock, memory) = (Stopwatch.StartNew(), Environment.WorkingSet);
        using var model = CompiledModel.OnMeta(graph, ScalarType.BFloat16);
        Assert.Equal(960, model.state_dict().Count);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
        Assert.True(Environment.WorkingSet - memory < 100 << 20);
    }

    [Fact]
    public void Fresh_values_depend_on_seed_and_path_alone()
    {
        (string, long[], Initializer)[] parameters = [("a.weight", [300, 400], Initializer.Normal(0.5)), ("b.weight", [7], Initializer.Uniform(0.1)), ("b.bias", [7], Initializer.Ones), ("c", [1100, 1000], Initializer.Normal(1))];
        using var one = CompiledModel.OnMeta(Of(parameters)).Initialise(5);
        using var other = CompiledModel.OnMeta(Of([.. parameters.Reverse()])).Initialise(5);
        using var wide = CompiledModel.OnMeta(Of(parameters), ScalarType.Float64).Initialise(5);
        using var half = CompiledModel.OnMeta(Of(parameters), ScalarType.BFloat16).Initialise(5);
        using var next = CompiledModel.OnMeta(Of(parameters)).Initialise(6);
        foreach (var (path, _, _) in parameters)
        {
            var values = Nd.Of(one.Parameters[path]).Data;
            Assert.Equal(values, Nd.Of(other.Parameters[path]).Data);
            Assert.Equal(values, Nd.Of(wide.Parameters[path]).Data);
            Assert.All(values.Zip(Nd.Of(half.Parameters[path]).Data), p => Assert.True(Math.Abs(p.First - p.Second) <= Math.Abs(p.First) / 256));
            Assert.Equal(path == "b.bias", values.SequenceEqual(Nd.Of(next.Parameters[path]).Data));
        }
        Assert.All(Nd.Of(one.Parameters["b.bias"]).Data, x => Assert.Equal(1, x));
        Assert.All(Nd.Of(one.Parameters["b.weight"]).Data, x => Assert.InRange(x, -0.1, 0.1));
        // Mean and deviation of a million draws: five standard errors.
        var many = Nd.Of(one.Parameters["c"]).Data;
        Assert.InRange(many.Average(), -5 / Math.Sqrt(many.Length), 5 / Math.Sqrt(many.Length));
        Assert.InRange(Math.Sqrt(many.Average(x => x * x)), 1 - 5 / Math.Sqrt(2 * many.Length), 1 + 5 / Math.Sqrt(2 * many.Length));
        // The second chunk of a large parameter is not the first one again.
        Assert.NotEqual(many[..1000], many[(1 << 20)..((1 << 20) + 1000)]);
    }

    [Fact]
    public void Assigned_values_are_cast_and_checked()
    {
        using var model = CompiledModel.OnMeta(Of([("a.weight", [2, 3], Initializer.Ones), ("b", [4], Initializer.Ones)]), ScalarType.BFloat16);
        Assert.StartsWith("parameter 'a.weight' has the shape [2, 3], found [3, 2]", Assert.Throws<ArgumentException>(() => model.Parameters.Assign("a.weight", zeros(3, 2))).Message);
        Assert.Throws<KeyNotFoundException>(() => model.Parameters.Assign("a.bias", zeros(3)));
        var version = model.Parameters.Version;
        model.Parameters.Assign("a.weight", tensor(Enumerable.Repeat(1.5, 6).ToArray(), [2, 3]));
        Assert.True(model.Parameters.Version > version);
        Assert.Equal(ScalarType.BFloat16, model.state_dict()["a.weight"].dtype);
        Assert.Equal(["b"], model.Parameters.Missing);
        // What was loaded is not drawn over.
        model.Initialise(1);
        Assert.All(Nd.Of(model.Parameters["a.weight"]).Data, x => Assert.Equal(1.5, x));
        Assert.Empty(model.Parameters.Missing);
        Assert.StartsWith("a model is materialised in float32, bfloat16 or float64, not in Float16", Assert.Throws<ArgumentException>(() => CompiledModel.OnMeta(model.Graph, ScalarType.Float16)).Message);
    }

    private static Graph Of((string Path, long[] Shape, Initializer Initializer)[] parameters) =>
        new("test", [], [], [.. parameters.Select(p => new Parameter(p.Path, [.. p.Shape.Select(s => (Dim)s)], p.Initializer, "test", default))]);
}
