using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>What an operand of a checked kernel is.</summary>
/// <param name="Draw">Its elements; uniform in [-1, 1] unless given.</param>
/// <param name="IsAlwaysBatched">Whether it may not be the same for all rows (ids and masks cannot be constants).</param>
internal sealed record Operand(ElementKind Kind, int[] Shape, Func<Random, double>? Draw = null, bool IsAlwaysBatched = false)
{
    public static Operand Float(params int[] shape) => new(ElementKind.Float, shape);

    public static Operand Ids(int below, params int[] shape) => new(ElementKind.Int, shape, r => r.Next(below), true);

    public static Operand Ids(Func<Random, double> draw, params int[] shape) => new(ElementKind.Int, shape, draw, true);

    public static Operand Mask(double share, params int[] shape) => new(ElementKind.Bool, shape, r => r.NextDouble() < share ? 1 : 0, true);

    public TensorType Type => new(Kind, [.. Shape.Select(s => (Dim)s)]);
}

/// <summary>
/// Runs one primitive through the executor, for several choices of operands that are the same for all rows and in several element types, and compares each
/// row with a plain computation in double on that row alone.
/// </summary>
internal static class KernelCheck
{
    private const int Rows = 3;

    /// <param name="steps">A bound on the rounding errors of one result element, in units of the element type's epsilon times <paramref name="scale"/>.</param>
    /// <param name="reference">From the operands of one sample (null where absent) and the parameters by name.</param>
    public static void Compare(
        string op, ImmutableArray<Operand?> operands, Func<Nd?[], Dictionary<string, Nd>, Nd> reference, double steps, double scale = 1, string function = "forward",
        double floor = 0, ScalarType[]? dtypes = null, params (string Name, Constant Value)[] attributes)
    {
        var free = Enumerable.Range(0, operands.Length).Where(i => operands[i] is { IsAlwaysBatched: false }).ToArray();
        foreach (var constant in Choices(free))
            foreach (var dtype in dtypes ?? [ScalarType.Float64, ScalarType.Float32])
                Compare(op, operands, constant, reference, Math.Max(floor, steps * scale * Epsilon(dtype)), function, dtype, attributes);
    }

    /// <summary>None, each one, each pair with the first, all.</summary>
    private static IEnumerable<HashSet<int>> Choices(int[] free)
    {
        yield return [];
        if (free.Length > 0)
            yield return [.. free];
        foreach (var i in free.Length > 1 ? free : [])
            yield return [i];
        foreach (var i in free.Length > 2 ? free[1..] : [])
            yield return [free[0], i];
    }

    public static double Epsilon(ScalarType dtype) => dtype switch { ScalarType.Float64 => Math.Pow(2, -52), ScalarType.Float32 => Math.Pow(2, -23), _ => Math.Pow(2, -7) };

    private static void Compare(
        string op, ImmutableArray<Operand?> operands, HashSet<int> constant, Func<Nd?[], Dictionary<string, Nd>, Nd> reference, double tolerance, string function,
        ScalarType dtype, (string Name, Constant Value)[] attributes)
    {
        var f = new FunctionBuilder("main");
        var values = operands.Select((o, i) => o is null ? null : constant.Contains(i)
            ? f.Op("parameter", [], $"constant{i}", attributes: ("shape", new ListConstant([.. o.Shape.Select(s => (Constant)(long)s)])))
            : f.Input($"x{i}", o.Type)).ToImmutableArray();
        var result = f.Op(op, values, "it", function, attributes: attributes);
        using var model = Graphs.Model(Graphs.Of([f.Build(result)]), dtype, seed: 7);
        var random = new Random(11);
        Fill(model, random, dtype);
        foreach (var i in constant.Where(i => operands[i]!.Draw is not null))
            model.Parameters.Assign($"constant{i}", Nd.Make(operands[i]!.Shape, _ => operands[i]!.Draw!(random)).ToTensor(dtype));

        var arrays = operands.Select((o, i) => o is null || constant.Contains(i) ? null : Nd.Make([Rows, .. o.Shape], _ => o.Draw?.Invoke(random) ?? Uniform(random))).ToArray();
        var inputs = arrays.Zip(operands).Where(p => p.First is not null).Select(p => p.First!.ToTensor(Stored(p.Second!.Kind, dtype))).ToArray();
        // The reference sees what the kernel sees: inputs and parameters as the element type rounds them.
        var exact = operands.Select((o, i) => o is null ? null : constant.Contains(i) ? Nd.Of(model.Parameters[$"constant{i}"]) : Rounded(arrays[i]!, o.Kind, dtype)).ToArray();
        var parameters = model.Graph.Parameters.Where(p => p.Path.StartsWith("it")).ToDictionary(p => p.Path.Length > 3 ? p.Path[3..] : "", p => Nd.Of(model.Parameters[p.Path]));

        var executor = Graphs.Guarded(model);
        executor.Run("main", inputs)[0].Dispose();
        var live = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        using (var output = executor.Run("main", inputs)[0])
        {
            Assert.Equal(live + 1, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
            var found = Nd.Of(output);
            var where = $"{op} {dtype}, constant operands [{string.Join(", ", constant)}]";
            if (inputs.Length == 0)
                AssertClose(reference(exact, parameters), found, tolerance, where);
            else
                for (var row = 0; row < Rows; row++)
                    AssertClose(reference([.. exact.Select((e, i) => e is null || constant.Contains(i) ? e : e.Row(row))], parameters), found.Row(row), tolerance, $"{where}, row {row}");
        }
        foreach (var input in inputs)
            input.Dispose();
    }

    public static void AssertClose(Nd expected, Nd found, double tolerance, string where)
    {
        Assert.True(expected.Shape.SequenceEqual(found.Shape), $"{where}: shape [{string.Join(", ", found.Shape)}], expected [{string.Join(", ", expected.Shape)}]");
        for (var i = 0; i < expected.Data.Length; i++)
            if (!(Math.Abs(expected.Data[i] - found.Data[i]) <= tolerance))
                Assert.Fail($"{where}: element {i} is {found.Data[i]:R}, expected {expected.Data[i]:R} within {tolerance:G3}");
    }

    public static double Uniform(Random random) => 2 * random.NextDouble() - 1;

    /// <summary>Draws all parameters anew, so that weights of ones and biases of zeros do not hide mistakes.</summary>
    public static void Fill(Mllm.Runtime.Model.CompiledModel model, Random random, ScalarType dtype)
    {
        foreach (var parameter in model.Graph.Parameters)
            model.Parameters.Assign(parameter.Path, Nd.Make([.. parameter.Shape.Select(d => (int)d.Value!)], _ => Uniform(random)).ToTensor(dtype));
    }

    private static Nd Rounded(Nd array, ElementKind kind, ScalarType dtype)
    {
        using var tensor = array.ToTensor(Stored(kind, dtype));
        return Nd.Of(tensor);
    }

    private static ScalarType Stored(ElementKind kind, ScalarType dtype) => kind switch { ElementKind.Int => ScalarType.Int64, ElementKind.Bool => ScalarType.Bool, _ => dtype };
}
