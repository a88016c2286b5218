using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Runtime.Tests.Kernels;

public class ElementwiseTests
{
    private static readonly Dictionary<string, Func<double, double>> Activations = new()
    {
        ["relu"] = x => x > 0 ? x : 0,
        ["gelu"] = x => x * 0.5 * Erfc(-x / Math.Sqrt(2)),
        ["gelu_tanh"] = x => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        ["quick_gelu"] = x => x / (1 + Math.Exp(-1.702 * x)),
        ["silu"] = x => x / (1 + Math.Exp(-x)),
        ["squared_relu"] = x => x > 0 ? x * x : 0,
        ["tanh"] = Math.Tanh,
        ["sigmoid"] = x => 1 / (1 + Math.Exp(-x)),
    };

    private static readonly Dictionary<string, Func<double, double, double>> Arithmetic = new()
    {
        ["add"] = (a, b) => a + b,
        ["sub"] = (a, b) => a - b,
        ["mul"] = (a, b) => a * b,
        ["div"] = (a, b) => a / b,
    };

    public static TheoryData<string> ActivationNames => [.. Activations.Keys];

    public static TheoryData<string, string, string> Broadcasts
    {
        get
        {
            var data = new TheoryData<string, string, string>();
            foreach (var op in Arithmetic.Keys)
                foreach (var (x, y) in new[] { ("4,5", "4,5"), ("5", "4,5"), ("4,5", "5"), ("", "4,5"), ("4,5", ""), ("4,1", "1,5"), ("2,4,5", "5"), ("1", "2,4,5"), ("3", "3,3") })
                    data.Add(op, x, y);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(ActivationNames))]
    public void Activations_follow_their_formula(string name) =>
        KernelCheck.Compare(name, [new(Mllm.Compiler.Types.ElementKind.Float, [5, 7], r => 6 * KernelCheck.Uniform(r))], (x, _) => x[0]!.Map(Activations[name]), steps: 8, scale: 36);

    [Theory]
    [MemberData(nameof(Broadcasts))]
    public void Arithmetic_broadcasts_within_a_sample(string op, string x, string y)
    {
        int[] a = Shape(x), b = Shape(y);
        KernelCheck.Compare(op, [Away(a), Away(b)], (v, _) => Broadcast(v[0]!, v[1]!, Arithmetic[op]), steps: 1, scale: 8);

        // Divisors keep their distance from zero, so that one tolerance fits.
        static Operand Away(int[] shape) => new(Mllm.Compiler.Types.ElementKind.Float, shape, r => r.NextDouble() + 0.5);
        static int[] Shape(string text) => text.Length == 0 ? [] : [.. text.Split(',').Select(int.Parse)];
    }

    [Theory]
    [InlineData("add")]
    [InlineData("sub")]
    [InlineData("mul")]
    [InlineData("div")]
    public void A_number_may_stand_on_either_side(string op)
    {
        foreach (var reversed in new[] { false, true })
            KernelCheck.Compare(op, [new(Mllm.Compiler.Types.ElementKind.Float, [3, 2], r => r.NextDouble() + 0.5)],
                (v, _) => v[0]!.Map(x => reversed ? Arithmetic[op](1.7, x) : Arithmetic[op](x, 1.7)), steps: 2, scale: 4,
                attributes: [("number", (Constant)1.7), ("reversed", (Constant)reversed)]);
    }

    [Fact]
    public void Ids_stay_whole() =>
        KernelCheck.Compare("add", [Operand.Ids(100, 6)], (v, _) => v[0]!.Map(x => x + 2), steps: 0, attributes: [("number", (Constant)2)]);

    internal static Nd Broadcast(Nd x, Nd y, Func<double, double, double> f)
    {
        var rank = Math.Max(x.Rank, y.Rank);
        var shape = new int[rank];
        for (var axis = 1; axis <= rank; axis++)
            shape[^axis] = Math.Max(axis <= x.Rank ? x.Shape[^axis] : 1, axis <= y.Rank ? y.Shape[^axis] : 1);
        return Nd.Make(shape, index => f(At(x, index), At(y, index)));

        static double At(Nd a, int[] index)
        {
            var own = index[(index.Length - a.Rank)..];
            for (var i = 0; i < own.Length; i++)
                own[i] = a.Shape[i] == 1 ? 0 : own[i];
            return a[own];
        }
    }

    /// <summary>1 - erf(x): the Maclaurin series where it loses no digits, Laplace's continued fraction beyond.</summary>
    internal static double Erfc(double x)
    {
        if (x < 0)
            return 2 - Erfc(-x);
        if (x < 1.5)
        {
            double sum = 0, term = x;
            for (var n = 0; Math.Abs(term) > 1e-18; n++)
            {
                sum += term / (2 * n + 1);
                term *= -x * x / (n + 1);
            }
            return 1 - 2 / Math.Sqrt(Math.PI) * sum;
        }
        var tail = x;
        for (var n = 200; n > 0; n--)
            tail = x + n / 2.0 / tail;
        return Math.Exp(-x * x) / Math.Sqrt(Math.PI) / tail;
    }
}
