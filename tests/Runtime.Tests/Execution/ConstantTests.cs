using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Model;
using Mllm.Runtime.Tests.Kernels;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Execution;

public class ConstantTests
{
    [Fact]
    public void What_depends_on_parameters_alone_is_computed_once_for_all_programs()
    {
        using var model = Graphs.Model(Graphs.Of([Entry("first"), Entry("second")]));
        var executor = Graphs.Guarded(model);
        using var x = ones(2, 5, dtype: ScalarType.Float64);
        Assert.Equal(0, model.Constants.Count);
        var one = Run(executor, "first", x);
        // Only what inputs meet is kept: the product of table and sinusoid, not what it was made of.
        Assert.Equal(1, model.Constants.Count);
        var kept = Kept(model);
        KernelCheck.AssertClose(one, Run(executor, "second", x), 0, "second");
        KernelCheck.AssertClose(one, Run(executor, "first", x), 0, "again");
        Assert.Equal(1, model.Constants.Count);
        Assert.Same(kept, Kept(model));
    }

    [Fact]
    public void A_changed_parameter_changes_them()
    {
        using var model = Graphs.Model(Graphs.Of([Entry("first")]));
        var executor = Graphs.Guarded(model);
        using var x = ones(1, 5, dtype: ScalarType.Float64);
        var before = Run(executor, "first", x);
        model.Parameters.Assign("block.table", zeros(4, 6, dtype: ScalarType.Float64));
        Assert.All(Run(executor, "first", x).Data, e => Assert.Equal(1, e));
        using (no_grad())
            model.Parameters["block.table"].Shift(before.Data.Max());
        model.Parameters.Touch();
        Assert.NotEqual(1, Run(executor, "first", x).Data[0]);
    }

    [Fact]
    public void A_size_that_inputs_decide_makes_no_constant()
    {
        // table[0..n] depends on how long the input is.
        var f = new FunctionBuilder("main");
        var n = Dim.Symbol("n");
        var x = f.Input("x", TensorType.Float(n, 3));
        var table = f.Op("parameter", [], "table", attributes: ("shape", new ListConstant([6, 3])));
        var main = f.Build(f.Op("add", [x, f.Op("slice", [table], attributes: ("to", new IntConstant(n)))]));
        using var model = Graphs.Model(Graphs.Of([main]));
        var executor = Graphs.Guarded(model);
        var rows = Nd.Of(model.Parameters["table"]);
        foreach (var length in new[] { 2, 5, 2 })
        {
            using var input = zeros(2, length, 3, dtype: ScalarType.Float64);
            using var result = executor.Run("main", [input])[0];
            KernelCheck.AssertClose(Nd.Make([2, length, 3], i => rows[i[1], i[2]]), Nd.Of(result), 0, $"length {length}");
        }
    }

    [Fact]
    public void Standardised_weights_are_made_once_for_each_state_of_the_parameters()
    {
        var f = new FunctionBuilder("main");
        var x = f.Input("x", TensorType.Float(2, 5, 5));
        var main = f.Build(f.Op("conv2d", [x], "conv", attributes: [("in", (Constant)2), ("out", (Constant)3), ("kernel", (Constant)3), ("standardize", (Constant)true)]));
        using var model = Graphs.Model(Graphs.Of([main]));
        var executor = Graphs.Guarded(model);
        using var input = rand(1, 2, 5, 5, dtype: ScalarType.Float64);
        var before = Run(executor, "main", input);
        var kept = Kept(model);
        Run(executor, "main", input);
        Assert.Same(kept, Kept(model));
        model.Parameters.Assign("conv.gain", zeros(3, dtype: ScalarType.Float64));
        var bias = Nd.Of(model.Parameters["conv.bias"]);
        KernelCheck.AssertClose(Nd.Make(before.Shape, i => bias[i[1]]), Run(executor, "main", input), 0, "without gain");
    }

    [Fact]
    public void Parameters_without_values_are_named()
    {
        using var model = CompiledModel.OnMeta(Graphs.Of([Entry("first")]));
        using var x = ones(1, 5);
        Assert.Equal("parameter 'block.table' holds no values yet: load weights or initialise the model",
            Assert.Throws<InvalidOperationException>(() => new Executor(model).Run("first", [x])).Message);
    }

    /// <summary>x: [5] plus the first number of a product of parameters.</summary>
    private static Function Entry(string name)
    {
        var f = new FunctionBuilder(name);
        var x = f.Input("x", TensorType.Float(5));
        var table = f.Op("parameter", [], "block.table", attributes: ("shape", new ListConstant([4, 6])));
        var waves = f.Op("sinusoid", [], attributes: [("length", (Constant)4), ("dim", (Constant)6)]);
        var product = f.Op("sum", [f.Op("sum", [f.Op("mul", [table, waves])], attributes: ("axis", (Constant)0))], attributes: ("axis", (Constant)0));
        return f.Build(f.Op("add", [x, product]));
    }

    private static Nd Run(Executor executor, string entry, Tensor x)
    {
        using var result = executor.Run(entry, [x])[0];
        return Nd.Of(result);
    }

    private static Tensor Kept(CompiledModel model) => Assert.Single(model.Constants.All);
}
