using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

/// <summary>Texts of different lengths run together give what each gives alone, and their gradients: what is computed over an axis counts no padding.</summary>
public class PaddingTests
{
    private const int Vocabulary = 9;
    private static readonly Dim Length = Dim.Symbol("caption"), Batch = Dim.Symbol("b");

    /// <summary>The padding's id is no text's: nothing may come from its embedding, and nothing go to it.</summary>
    private static readonly long[][] Texts = [[3, 1, 4, 1, 5], [2, 7], [6, 8, 2]];

    /// <summary>From the ids and their embeddings [caption, 4], a result without that axis.</summary>
    private static readonly Dictionary<string, Func<FunctionBuilder, Value, Value, Value>> Cases = new()
    {
        ["mean"] = (f, _, x) => Over(f, "mean", x, 0),
        ["sum"] = (f, _, x) => Over(f, "sum", x, 0),
        ["max"] = (f, _, x) => Over(f, "max", x, 0),
        ["max of a mask"] = (f, ids, x) => f.Op("select", [Over(f, "max", f.Op("equals", [ids], attributes: ("value", 0L)), 0), f.Op("element", [x], attributes: ("index", 0L)), Over(f, "sum", x, 0)]),
        ["softmax"] = (f, _, x) => Over(f, "sum", f.Op("mul", [Along(f, "softmax", x), x]), 0),
        ["log_softmax"] = (f, _, x) => Over(f, "sum", f.Op("mul", [Along(f, "log_softmax", x), x]), 0),
        ["softmax kept"] = (f, _, x) => f.Op("element", [Along(f, "softmax", x)], attributes: ("index", 1L)),
        ["log_softmax kept"] = (f, _, x) => f.Op("element", [Along(f, "log_softmax", x)], attributes: ("index", 1L)),
        ["unit"] = (f, _, x) => f.Op("element", [Along(f, "unit", x)], attributes: ("index", 1L)),
        ["einsum"] = (f, _, x) => f.Op("einsum", [x, x], attributes: ("pattern", "n d, n e -> d e")),
        ["einsum of all with all"] = (f, _, x) => Over(f, "mean", Over(f, "max", Similarity(f, x), 1), 0),
        ["softmax of all with all"] = (f, _, x) => f.Op("einsum", [f.Op("softmax", [Similarity(f, x)]), x], attributes: ("pattern", "m n, n d -> d")),
        ["the other axis first"] = (f, _, x) => Over(f, "sum", Over(f, "mean", Similarity(f, x), 0), 0),
        ["rearrange"] = (f, _, x) => Over(f, "mean", f.Op("rearrange", [x], attributes: ("pattern", "n d -> d n")), 1),
        ["elementwise"] = (f, _, x) => Over(f, "mean", f.Op("exp", [f.Op("add", [f.Op("parameter", [], "row", attributes: ("shape", new ListConstant([4L]))), x])]), 0),
        ["stretched"] = (f, _, x) => Over(f, "sum", Over(f, "max", f.Op("add", [f.Op("rearrange", [Over(f, "sum", x, 1)], attributes: ("pattern", "n -> n 1")), Over(f, "mean", x, 1)]), 1), 0),
        ["without the last"] = (f, _, x) => Over(f, "mean", f.Op("slice", [x], attributes: ("to", -1L)), 0),
        ["without the first"] = (f, _, x) => Over(f, "mean", f.Op("slice", [x], attributes: ("from", 1L)), 0),
        ["concat"] = (f, _, x) => Over(f, "mean", f.Op("concat", [x, f.Op("parameter", [], "more", attributes: ("shape", new ListConstant([2L, 4L])))], attributes: ("axis", 0L)), 0),
        ["cross_entropy"] = (f, ids, x) => f.Op("cross_entropy", [f.Op("embedding", [x], "head", "unembed", attributes: [("vocab", (long)Vocabulary), ("dim", 4L)]), ids], attributes: ("smoothing", 0.1)),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_padded_batch_gives_what_each_row_gives_alone(string name)
    {
        using var scope = NewDisposeScope();
        var f = new FunctionBuilder("main");
        var ids = f.Input("text.caption", TensorType.Int(Length));
        var x = f.Op("embedding", [ids], "table", attributes: [("vocab", (long)Vocabulary), ("dim", 4L)]);
        using var model = Model(f.Build(Cases[name](f, ids, x)));
        var rows = TextRows.Of(Texts, CPU);
        var masks = new Dictionary<string, Tensor> { ["text.caption"] = rows.Mask! };
        Agree(model, rows.Ids, masks, [.. Texts.Select(t => tensor(t, [1, t.Length]))], r => r);
    }

    /// <summary>In entries over a batch the rows are an axis of their own.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Means_over_texts_of_a_batch(bool isCall)
    {
        using var scope = NewDisposeScope();
        var inner = new FunctionBuilder("pool");
        var pool = inner.Build(Over(inner, "mean", inner.Input("x", TensorType.Float(Dim.Symbol("n"), 4)), 0));
        var f = new FunctionBuilder("main");
        var x = f.Op("embedding", [f.Input("text.caption", TensorType.Int(Batch, Length))], "table", attributes: [("vocab", (long)Vocabulary), ("dim", 4L)]);
        var result = isCall ? f.Call(pool, "", 1, [x], TensorType.Float(Batch, 4))[0] : Over(f, "mean", x, 1);
        using var model = Model(f.Build(result), pool);
        var rows = TextRows.Of(Texts, CPU);
        var masks = new Dictionary<string, Tensor> { ["text.caption"] = rows.Mask!.unsqueeze(0) };
        Agree(model, rows.Ids.unsqueeze(0), masks, [.. Texts.Select(t => tensor(t, [1, 1, t.Length]))], r => r.squeeze(0));
    }

    [Fact]
    public void What_cannot_tell_padding_is_refused_where_there_is_some()
    {
        using var scope = NewDisposeScope();
        var f = new FunctionBuilder("main");
        var x = f.Op("embedding", [f.Input("text.caption", TensorType.Int(Length))], "table", attributes: [("vocab", (long)Vocabulary), ("dim", 4L)]);
        using var model = Model(f.Build(f.Op("element", [x], attributes: ("index", -1L))));
        var (rows, executor) = (TextRows.Of(Texts, CPU), Graphs.Guarded(model));
        executor.Run("main", [rows.Ids]);
        Assert.StartsWith("`element` cannot tell padding from what is real", Assert.Throws<InputException>(
            () => executor.Run("main", [rows.Ids], new RunContext { Masks = new Dictionary<string, Tensor> { ["text.caption"] = rows.Mask! } })).Message);
    }

    private static Value Over(FunctionBuilder f, string op, Value x, long axis) => f.Op(op, [x], attributes: ("axis", axis));

    private static Value Along(FunctionBuilder f, string op, Value x) => f.Op(op, [x], attributes: ("axis", 0L));

    private static Value Similarity(FunctionBuilder f, Value x) => f.Op("einsum", [x, x], attributes: ("pattern", "m d, n d -> m n"));

    private static Mllm.Runtime.Model.CompiledModel Model(Function main, params Function[] others)
    {
        var model = Graphs.Model(Graphs.Of([main], others));
        KernelCheck.Fill(model, new Random(5), ScalarType.Float64);
        foreach (var parameter in model.parameters())
            parameter.requires_grad = true;
        return model;
    }

    private static void Agree(Mllm.Runtime.Model.CompiledModel model, Tensor padded, Dictionary<string, Tensor> masks, Tensor[] single, Func<Tensor, Tensor> rowsOf)
    {
        var executor = Graphs.Guarded(model);
        var together = rowsOf(executor.Run("main", [padded], new RunContext { Gradients = true, Masks = masks })[0]);
        var alone = cat([.. single.Select(ids => rowsOf(executor.Run("main", [ids], new RunContext { Gradients = true })[0]))], 0);
        var ignorant = rowsOf(executor.Run("main", [padded], new RunContext())[0]);
        Assert.Equal(alone.shape, together.shape);
        Assert.True(alone.Apart(together) < 1e-12, $"{alone.Apart(together)} apart");
        var weights = rand(alone.shape, ScalarType.Float64, generator: new Generator(3));
        var (found, expected) = (Gradients(together), Gradients(alone));
        foreach (var (a, b) in found.Zip(expected))
            Assert.True(a.Apart(b) < 1e-12, $"gradients are {a.Apart(b)} apart");
        // Elements that no sum reached would agree without any mask.
        Assert.True(alone.Apart(ignorant) > 1e-3 || found.Length == 0, "padding makes no difference here: the case shows nothing");

        Tensor[] Gradients(Tensor value)
        {
            (value * weights).sum().backward();
            var gradients = model.parameters().Select(p => p.grad!.clone()).ToArray();
            foreach (var parameter in model.parameters())
                parameter.grad!.zero_();
            return gradients;
        }
    }
}
