using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>What losses are made of.</summary>
public class LossTests
{
    private static readonly ScalarType[] AllTypes = [ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16];

    [Theory]
    [InlineData("7,5", 0.0, -100)]
    [InlineData("7,5", 0.1, -100)]
    [InlineData("7,5", 1.0, -100)]
    [InlineData("2,3,5", 0.2, 4)]
    [InlineData("5", 0.0, -100)]
    public void Cross_entropy(string shape, double smoothing, int ignore)
    {
        int[] logits = [.. shape.Split(',').Select(int.Parse)];
        // One label in four does not count.
        var labels = Operand.Ids(r => r.Next(4) == 0 ? ignore : r.Next(4), logits[..^1]);
        KernelCheck.Compare("cross_entropy", [Operand.Float(logits), labels], (v, _) => Entropy(v[0]!, v[1]!, smoothing, ignore), steps: 8, scale: 2, dtypes: AllTypes,
            attributes: [("smoothing", (Constant)smoothing), ("ignore", (Constant)ignore)]);
    }

    [Fact]
    public void Without_labels_the_entropy_is_zero() => KernelCheck.Compare("cross_entropy", [Operand.Float(3, 5), Operand.Ids(_ => -100, 3)], (_, _) => new Nd([]), steps: 0);

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void The_entropy_has_gradients(double smoothing) =>
        GradientCheck.Compare("cross_entropy", [Operand.Float(4, 5), Operand.Ids(r => r.Next(3) == 0 ? -100 : r.Next(5), 4)], attributes: ("smoothing", (Constant)smoothing));

    [Theory]
    [InlineData(5, "`cross_entropy`: a label is 5, expected 0 to 4")]
    [InlineData(-1, "`cross_entropy`: a label is -1, expected 0 to 4")]
    public void A_label_that_is_no_class_is_refused(int label, string message)
    {
        using var logits = zeros(1, 2, 5);
        using var labels = tensor(new long[] { 0, label }, [1, 2]);
        Assert.Equal(message, Assert.Throws<InputException>(() => Run("cross_entropy", [TensorType.Float(2, 5), TensorType.Int(2)], [logits, labels])).Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    public void Log_softmax(int axis)
    {
        KernelCheck.Compare("log_softmax", [Operand.Float(3, 4)], (v, _) => Nd.Make([3, 4], i =>
            v[0]![i] - Math.Log(Enumerable.Range(0, axis == 0 ? 3 : 4).Sum(k => Math.Exp(axis == 0 ? v[0]![k, i[1]] : v[0]![i[0], k])))), steps: 8, dtypes: AllTypes, attributes: ("axis", (Constant)axis));
        GradientCheck.Compare("log_softmax", [Operand.Float(3, 4)], attributes: ("axis", (Constant)axis));
    }

    [Fact]
    public void Exponentials()
    {
        KernelCheck.Compare("exp", [Operand.Float(3, 4)], (v, _) => v[0]!.Map(Math.Exp), steps: 4, dtypes: AllTypes);
        GradientCheck.Compare("exp", [Operand.Float(3, 4)]);
    }

    [Fact]
    public void Logarithms()
    {
        var positive = Operand.Float(3, 4) with { Draw = r => 0.5 + r.NextDouble() };
        KernelCheck.Compare("log", [positive], (v, _) => v[0]!.Map(Math.Log), steps: 4, dtypes: AllTypes);
        GradientCheck.Compare("log", [positive]);
    }

    [Theory]
    [InlineData(-0.25, 0.5)]
    [InlineData(0.25, null)]
    [InlineData(null, 0.25)]
    public void Clamps(double? min, double? max)
    {
        (string, Constant)[] attributes = [("min", min is { } a ? a : new NoneConstant()), ("max", max is { } b ? b : new NoneConstant())];
        KernelCheck.Compare("clamp", [Operand.Float(3, 4)], (v, _) => v[0]!.Map(x => Math.Min(Math.Max(x, min ?? x), max ?? Math.Max(x, min ?? x))), steps: 0, dtypes: AllTypes, attributes: attributes);
        GradientCheck.Compare("clamp", [Operand.Float(3, 4)], attributes: attributes);
    }

    [Fact]
    public void Clamped_ids_stay_ids() =>
        KernelCheck.Compare("clamp", [Operand.Ids(9, 6)], (v, _) => v[0]!.Map(x => Math.Clamp(x, 2, 5)), steps: 0, attributes: [("min", (Constant)2), ("max", (Constant)5)]);

    [Fact]
    public void What_is_detached_is_itself_without_a_gradient()
    {
        KernelCheck.Compare("detach", [Operand.Float(3, 4)], (v, _) => v[0]!, steps: 0, dtypes: AllTypes);
        GradientCheck.Compare("detach", [Operand.Float(3, 4)], isBlocked: true);
    }

    [Fact]
    public void Draws_follow_the_weights_and_the_seed()
    {
        // Two samples of 4000 rows each: a row of the first has the weights 1, 0, 3, of the second 2, 2, 0.
        const int n = 4000;
        using var weights = Nd.Make([2, n, 3], i => i[0] == 0 ? i[2] switch { 0 => 1, 1 => 0, _ => 3 } : i[2] == 2 ? 0 : 2).ToTensor(ScalarType.Float32);
        Nd Draw(ulong seed) => Run("draw", [TensorType.Float(n, 3)], [weights], new RunContext { Seed = seed });
        var first = Draw(5);
        double Share(int row, int choice) => first.Row(row).Data.Count(x => x == choice) / (double)n;
        Assert.Equal([2, n], first.Shape);
        // Six standard deviations of a share of 1/2 in 4000 draws are 0.048.
        Assert.InRange(Share(0, 0), 0.25 - 0.048, 0.25 + 0.048);
        Assert.Equal(0, Share(0, 1));
        Assert.InRange(Share(1, 0), 0.5 - 0.048, 0.5 + 0.048);
        Assert.Equal(0, Share(1, 2));
        Assert.Equal(first.Data, Draw(5).Data);
        Assert.NotEqual(first.Data, Draw(6).Data);
    }

    [Fact]
    public void Draws_from_constant_weights_differ_from_run_to_run()
    {
        var f = new FunctionBuilder("main");
        var weights = f.Op("parameter", [], "weights", attributes: [("shape", new ListConstant([64, 8])), ("init", "ones")]);
        var x = f.Input("x", TensorType.Int(64));
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op("add", [x, f.Op("draw", [weights])]))]));
        var (executor, context) = (Graphs.Guarded(model), new RunContext());
        using var zero = zeros(1, 64, ScalarType.Int64);
        using var first = executor.Run("main", [zero], context)[0];
        using var second = executor.Run("main", [zero], context)[0];
        Assert.NotEqual(Nd.Of(first).Data, Nd.Of(second).Data);
    }

    [Theory]
    [InlineData(0.0, "`draw`: the weights of row 1 sum to 0, expected weights from 0 with a sum above 0")]
    [InlineData(-1.0, "`draw`: the weights of row 1 go down to -1, expected weights from 0 with a sum above 0")]
    [InlineData(double.NaN, "`draw`: the weights of row 1 sum to NaN, expected weights from 0 with a sum above 0")]
    public void A_row_without_weight_is_refused(double weight, string message)
    {
        using var weights = Nd.Make([1, 2, 3], i => i[1] == 0 ? 1 : i[2] == 0 ? weight : 0).ToTensor(ScalarType.Float32);
        Assert.Equal(message, Assert.Throws<InputException>(() => Run("draw", [TensorType.Float(2, 3)], [weights])).Message);
    }

    internal static Nd Run(string op, TensorType[] types, Tensor[] inputs, RunContext? context = null)
    {
        var f = new FunctionBuilder("main");
        var result = f.Op(op, [.. types.Select((t, i) => f.Input($"x{i}", t))]);
        using var model = Graphs.Model(Graphs.Of([f.Build(result)]), ScalarType.Float32);
        using var output = Graphs.Guarded(model).Run("main", inputs, context)[0];
        return Nd.Of(output);
    }

    private static Nd Entropy(Nd logits, Nd labels, double smoothing, int ignore)
    {
        var (classes, sum, count) = (logits.Shape[^1], 0.0, 0);
        for (var at = 0; at < labels.Data.Length; at++)
        {
            var line = logits.Data[(at * classes)..((at + 1) * classes)];
            var total = Math.Log(line.Sum(Math.Exp));
            if ((int)labels.Data[at] == ignore)
                continue;
            count++;
            sum += (1 - smoothing) * (total - line[(int)labels.Data[at]]) + smoothing * line.Average(x => total - x);
        }
        return new Nd([], [count == 0 ? 0 : sum / count]);
    }
}
