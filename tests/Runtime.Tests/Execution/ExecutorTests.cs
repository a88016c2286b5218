using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Tests.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

public class ExecutorTests
{
    private static readonly Dim N = Dim.Symbol("n"), M = Dim.Symbol("m"), Text = Dim.Symbol("text"), Images = Dim.Symbol("images"), Frames = Dim.Symbol("frames");

    [Fact]
    public void A_callee_s_sizes_are_solved_from_the_caller_s()
    {
        // drop(x: [m + 1, 3]) = x[1..], twice, called with two more rows than `text` has; its `m` is not the caller's.
        var f = new FunctionBuilder("drop");
        var x = f.Input("x", TensorType.Float(M + 1, 3));
        var drop = f.Build(f.Op("slice", [x], attributes: [("from", (Constant)1), ("to", (Constant)(M + 1))]));
        var g = new FunctionBuilder("twice");
        var y = g.Input("x", TensorType.Float(M + 2, 3));
        var once = g.Call(drop, "", 0, [y], TensorType.Float(M + 1, 3))[0];
        var twice = g.Build(g.Call(drop, "", 0, [once], TensorType.Float(M, 3))[0]);
        var e = new FunctionBuilder("main");
        var z = e.Input("x", TensorType.Float(Text + 2, 3));
        var main = e.Build(e.Call(twice, "", 0, [z], TensorType.Float(Text, 3))[0]);

        using var model = Graphs.Model(Graphs.Of([main], twice, drop));
        var executor = Graphs.Guarded(model);
        foreach (var text in new[] { 4, 1, 0, 4 })
        {
            var input = Nd.Make([2, text + 2, 3], i => 100 * i[0] + 10 * i[1] + i[2]);
            using var t = input.ToTensor(ScalarType.Float64);
            using var result = executor.Run("main", [t])[0];
            KernelCheck.AssertClose(Nd.Make([2, text, 3], i => input[i[0], i[1] + 2, i[2]]), Nd.Of(result), 0, $"text {text}");
        }
    }

    [Theory]
    [InlineData(2, 3, 4)]
    [InlineData(1, 0, 2)]
    public void Lifted_calls_hide_leading_axes(int rows, int images, int frames)
    {
        // inner(x: [5], w: [5]) = (sum(x · w · scale), scale); lifted over images and frames, with w from the outside and scale a parameter.
        var f = new FunctionBuilder("inner");
        var (x, w) = (f.Input("x", TensorType.Float(5)), f.Input("w", TensorType.Float(5), BindingTime.Constant));
        var scale = f.Op("parameter", [], "scale", attributes: ("shape", new ListConstant([5])));
        var inner = f.Build(f.Op("sum", [f.Op("mul", [f.Op("mul", [x, w]), scale])], attributes: ("axis", (Constant)(-1))), scale);
        var g = new FunctionBuilder("images");
        var (y, v) = (g.Input("x", TensorType.Float(Frames, 5)), g.Input("w", TensorType.Float(5), BindingTime.Constant));
        var perFrame = g.Call(inner, "deep", 1, [y, v], TensorType.Float(Frames), TensorType.Float(Frames, 5));
        var middle = g.Build(perFrame[0], perFrame[1]);
        var e = new FunctionBuilder("main");
        var z = e.Input("x", TensorType.Float(Images, Frames, 5));
        var weight = e.Op("parameter", [], "weight", attributes: ("shape", new ListConstant([5])));
        var results = e.Call(middle, "outer", 1, [z, weight], TensorType.Float(Images, Frames), TensorType.Float(Images, Frames, 5));
        using var model = Graphs.Model(Graphs.Of([e.Build(results[0], results[1])], middle, inner));
        Assert.Equal(["weight", "outer.deep.scale"], model.Graph.Parameters.Select(p => p.Path));

        var random = new Random(3);
        var input = Nd.Make([rows, images, frames, 5], _ => KernelCheck.Uniform(random));
        var (a, b) = (Nd.Of(model.Parameters["weight"]), Nd.Of(model.Parameters["outer.deep.scale"]));
        using var t = input.ToTensor(ScalarType.Float64);
        var found = Graphs.Guarded(model).Run("main", [t]);
        KernelCheck.AssertClose(Nd.Make([rows, images, frames], i => Enumerable.Range(0, 5).Sum(k => input[i[0], i[1], i[2], k] * a[k] * b[k])), Nd.Of(found[0]), 1e-14, "sums");
        KernelCheck.AssertClose(Nd.Make([rows, images, frames, 5], i => b[i[3]]), Nd.Of(found[1]), 0, "constants");
        foreach (var tensor in found)
            tensor.Dispose();
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(2, 0)]
    [InlineData(0, 2)]
    public void Prompts_without_images_run_too(int rows, int images)
    {
        var f = new FunctionBuilder("encoder");
        var pixels = f.Input("pixels", TensorType.Float(3, 8, 8));
        var patches = f.Op("conv2d", [pixels], "patch", attributes: [("in", (Constant)3), ("out", (Constant)8), ("kernel", (Constant)4), ("stride", (Constant)4)]);
        var tokens = f.Op("layer_norm", [f.Op("rearrange", [patches], attributes: ("pattern", (Constant)"d h w -> (h w) d"))], "norm", attributes: ("dim", (Constant)8));
        var queries = f.Op("parameter", [], "latents", attributes: ("shape", new ListConstant([2, 8])));
        var encoder = f.Build(f.Op("attention", [queries, tokens, tokens], attributes: ("heads", (Constant)2)));
        var e = new FunctionBuilder("main");
        var x = e.Input("pixels", TensorType.Float(Images, 3, 8, 8));
        var text = e.Input("text", TensorType.Float(Text, 8));
        var (index, count, slots) = (e.Input("image_index", TensorType.Int(Text)), e.Input("image_count", TensorType.Int()), e.Input("slots", TensorType.Int(Text)));
        var media = e.Call(encoder, "vision", 1, [x], TensorType.Float(Images, 2, 8))[0];
        var mask = e.Op("media_mask", [index, count], attributes: [("images", new IntConstant(Images)), ("tokens", (Constant)2), ("rule", (Constant)"preceding_image")]);
        var flat = e.Op("rearrange", [media], attributes: ("pattern", (Constant)"i t d -> (i t) d"));
        var crossed = e.Op("attention", [text, flat, flat, mask], attributes: ("heads", (Constant)2));
        using var model = Graphs.Model(Graphs.Of([e.Build(e.Op("add", [crossed, e.Op("splice", [text, media, slots])]))], encoder));
        using var result = Graphs.Guarded(model).Run("main", [rand([rows, images, 3, 8, 8]), ones(rows, 5, 8), zeros(rows, 5, dtype: ScalarType.Int64), zeros(rows, dtype: ScalarType.Int64),
            ones(rows, 5, dtype: ScalarType.Int64).neg()])[0];
        Assert.Equal([rows, 5, 8], result.shape);
        Assert.All(Nd.Of(result).Data, element => Assert.Equal(1, element));
    }

    [Fact]
    public void A_constant_that_is_lifted_is_repeated_for_each_row()
    {
        // inner(x: [4], y: [4]) = x + y, lifted over 3: y is a parameter [3, 4] that is lifted too.
        var f = new FunctionBuilder("inner");
        var (x, y) = (f.Input("x", TensorType.Float(4)), f.Input("y", TensorType.Float(4)));
        var inner = f.Build(f.Op("add", [x, y]));
        var e = new FunctionBuilder("main");
        var z = e.Input("x", TensorType.Float(3, 4));
        var table = e.Op("parameter", [], "table", attributes: ("shape", new ListConstant([3, 4])));
        var both = e.Call(inner, "", 1, [z, table], TensorType.Float(3, 4))[0];
        var alone = e.Call(inner, "", 1, [table, table], TensorType.Float(3, 4))[0];
        var single = e.Call(inner, "", 1, [z, e.Op("element", [z], attributes: ("index", (Constant)0))], TensorType.Float(3, 4))[0];
        using var model = Graphs.Model(Graphs.Of([e.Build(both, alone, single)], inner));

        var input = Nd.Make([2, 3, 4], i => 100 * i[0] + 10 * i[1] + i[2]);
        var constant = Nd.Of(model.Parameters["table"]);
        using var t = input.ToTensor(ScalarType.Float64);
        var found = Graphs.Guarded(model).Run("main", [t]);
        KernelCheck.AssertClose(Nd.Make([2, 3, 4], i => input[i] + constant[i[1], i[2]]), Nd.Of(found[0]), 1e-13, "with an input");
        KernelCheck.AssertClose(Nd.Make([3, 4], i => 2 * constant[i]), Nd.Of(found[1]), 1e-13, "constants alone");
        KernelCheck.AssertClose(Nd.Make([2, 3, 4], i => input[i] + input[i[0], 0, i[2]]), Nd.Of(found[2]), 0, "one for all elements");
        foreach (var tensor in found)
            tensor.Dispose();
    }

    [Fact]
    public void Nothing_is_left_behind()
    {
        using var model = Graphs.Model(TinyDecoder.Graph("relative"));
        var executor = Graphs.Guarded(model);
        using var ids = tensor(new long[] { 1, 2, 3, 4 }, [1, 4]);
        using var at = tensor(new long[] { 0, 1, 2, 3 }, [1, 4]);
        executor.Run("prefill", [ids, at])[0].Dispose();
        var before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        executor.Run("prefill", [ids, at])[0].Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        using (var cache = new KvCache(16))
        {
            executor.Run("prefill", [ids, at], new RunContext { Cache = cache })[0].Dispose();
            Assert.Equal(before + 2 * 2, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        }
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
        // A run that fails half-way leaves nothing either.
        using var wrong = tensor(new long[] { 1, 2, 3, TinyDecoder.Vocab }, [1, 4]);
        before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        Assert.ThrowsAny<Exception>(() => executor.Run("prefill", [wrong, at]));
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount <= before + 1);
    }

    [Fact]
    public void A_scope_of_the_caller_takes_results_and_nothing_that_must_live_on()
    {
        using var model = CompiledModel.OnMeta(TinyDecoder.Graph("relative"), ScalarType.Float64);
        var executor = Graphs.Guarded(model);
        using var cache = new KvCache(16);
        var context = new RunContext { Cache = cache };
        var logits = new List<Nd>();
        for (var i = 0; i < 3; i++)
        {
            using var scope = NewDisposeScope();
            model.Initialise(1);
            var result = executor.Run(i == 0 ? "prefill" : "step", [tensor(new long[] { i }).view(1, 1), tensor(new long[] { i }).view(1, 1)], context)[0];
            logits.Add(Nd.Of(result));
        }
        var whole = executor.Run("prefill", [tensor(new long[] { 0, 1, 2 }).view(1, 3), tensor(new long[] { 0, 1, 2 }).view(1, 3)])[0];
        for (var i = 0; i < 3; i++)
            KernelCheck.AssertClose(Nd.Of(whole).Row(0).Row(i), logits[i].Row(0).Row(0), 1e-12, $"step {i}");
    }

    [Fact]
    public void Results_that_are_inputs_constants_or_twice_the_same_are_handles_of_their_own()
    {
        var e = new FunctionBuilder("main");
        var x = e.Input("x", TensorType.Float(2));
        var p = e.Op("parameter", [], "p", attributes: ("shape", new ListConstant([2])));
        var y = e.Op("relu", [x]);
        using var model = Graphs.Model(Graphs.Of([e.Build(x, p, y, y, p)]));
        var executor = Graphs.Guarded(model);
        using var input = tensor(new double[] { 1, -2 }, [1, 2]);
        for (var run = 0; run < 2; run++)
        {
            var results = executor.Run("main", [input]);
            Assert.Equal(5, results.Distinct(ReferenceEqualityComparer.Instance).Count());
            Assert.Equal([1.0, -2], Nd.Of(results[0]).Data);
            Assert.Equal([1.0, 0], Nd.Of(results[3]).Data);
            Assert.Equal([2], Nd.Of(results[4]).Shape);
            foreach (var result in results)
                result.Dispose();
        }
        Assert.Equal([1.0, -2], Nd.Of(input).Data);
    }

    [Fact]
    public void A_result_that_depends_on_no_input_gets_rows_unless_it_is_constant_by_its_type()
    {
        var e = new FunctionBuilder("main");
        e.Input("x", TensorType.Float(N));
        var p = e.Op("parameter", [], "p", attributes: ("shape", new ListConstant([2])));
        using var model = Graphs.Model(Graphs.Of([e.Build(p, p with { Time = BindingTime.Image })]));
        using var x = zeros(3, 4, dtype: ScalarType.Float64);
        var results = Graphs.Guarded(model).Run("main", [x]);
        Assert.Equal([2], results[0].shape);
        Assert.Equal([3, 2], results[1].shape);
    }

    [Fact]
    public void Inputs_are_checked_and_cast()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        var executor = Graphs.Guarded(model);
        using var ids = zeros(2, 3, dtype: ScalarType.Int64);
        using var more = zeros(2, 4, dtype: ScalarType.Int64);
        using var flat = zeros(3, dtype: ScalarType.Int64);
        using var rows = zeros(1, 3, dtype: ScalarType.Int64);
        using var floats = zeros(2, 3);
        using var narrow = zeros(2, 3, dtype: ScalarType.Int32);
        Fails("entry 'prefill' takes 2 inputs (ids, positions), found 1", ids);
        Fails("entry 'prefill': input `positions` has an axis of 4 elements, expected text = 3", ids, more);
        Fails("entry 'prefill': input `positions` has an axis of 1 elements, expected the number of rows = 2", ids, rows);
        Fails("entry 'prefill': input `ids` has the shape [3], expected the rows and ids[text]", flat, ids);
        Fails("entry 'prefill': input `ids` is Float32, expected ids[text]", floats, ids);
        executor.Run("prefill", [narrow, ids])[0].Dispose();
        Assert.StartsWith("the graph has no entry 'decode'; it has prefill, step", Assert.Throws<ArgumentException>(() => executor.Run("decode", [])).Message);

        void Fails(string message, params Tensor[] inputs) => Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => executor.Run("prefill", inputs)).Message);
    }

    [Fact]
    public void The_guard_names_what_differs_from_its_type()
    {
        var e = new FunctionBuilder("main");
        var x = e.Input("x", TensorType.Float(Text, 4));
        var inner = new FunctionBuilder("inner");
        var y = inner.Input("x", TensorType.Float(N, 4));
        var wrong = inner.Op("linear", [y], "proj", attributes: [("in", (Constant)4), ("out", (Constant)6)]);
        var function = inner.Build(wrong);
        var node = (OpNode)function.Nodes[0];
        var lying = node.Results[0] with { Type = TensorType.Float(N, 7) };
        function = function with { Nodes = [node with { Results = [lying] }], Results = [lying] };
        var main = e.Build(e.Call(function, "block", 0, [x], TensorType.Float(Text, 7))[0]);
        using var model = Graphs.Model(Graphs.Of([main], function));
        using var input = zeros(2, 3, 4, dtype: ScalarType.Float64);
        Assert.Equal("entry 'main': the result of `linear` at 'block.proj' has the type [text, 7], here [2, 3, 7] with its rows, but the tensor is [2, 3, 6]",
            Assert.Throws<ShapeMismatchException>(() => Graphs.Guarded(model).Run("main", [input])).Message);
        new Executor(model).Run("main", [input])[0].Dispose();
    }

    [Fact]
    public void An_observer_sees_calls_and_members_by_their_full_path()
    {
        using var model = Graphs.Model(TinyDecoder.Graph());
        var seen = new List<string>();
        var shapes = new Dictionary<string, long[]>();
        using var ids = zeros(1, 3, dtype: ScalarType.Int64);
        var context = new RunContext { Observer = o => { seen.Add($"{(o.IsOperand ? "into " : "")}{o.Path}:{o.Function}"); shapes[o.Path] = o.Value.shape; } };
        Graphs.Guarded(model).Run("prefill", [ids, ids], context)[0].Dispose();
        Assert.Equal(
            ["embed:embedding", "into layers.0:layer", "layers.0.norm1:rms_norm", "into layers.0.attn:attention", "layers.0.attn.q:linear", "layers.0.attn.k:linear", "layers.0.attn.v:linear", "layers.0.attn.o:linear",
                "layers.0.attn:attention", "layers.0.norm2:rms_norm", "layers.0.mlp.up:linear", "layers.0.mlp.down:linear", "layers.0:layer"], seen.Take(13));
        Assert.Equal(":prefill", seen[^1]);
        Assert.Equal([1, 3, TinyDecoder.Dim], shapes["layers.1"]);
        Assert.Equal([1, 3, TinyDecoder.Vocab], shapes[""]);
    }
}
