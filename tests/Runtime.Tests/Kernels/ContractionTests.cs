using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Prompting;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

public class ContractionTests
{
    private static readonly Dictionary<string, int> Sizes = new() { ["i"] = 2, ["j"] = 3, ["q"] = 4, ["d"] = 5, ["e"] = 2, ["width"] = 3 };

    [Theory]
    [InlineData("i q d, j d -> i j q")]
    [InlineData("i d, j d -> i j")]
    [InlineData("i, j -> j i")]
    [InlineData("i j -> j i")]
    [InlineData("i j d -> j")]
    [InlineData("i j ->")]
    [InlineData(", i width -> width i")]
    [InlineData("i d, d e, e j -> i j")]
    [InlineData("i, i j, j q, q -> i q")]
    public void Products_are_summed_over_the_names_that_the_result_lacks(string pattern)
    {
        var sides = pattern.Split("->");
        string[][] names = [.. sides[0].Split(',').Select(Names)];
        var (result, all) = (Names(sides[1]), names.SelectMany(n => n).Distinct().ToArray());
        var summed = all.Except(result).ToArray();
        ImmutableArray<Operand?> operands = [.. names.Select(n => Operand.Float(Shape(n)))];
        KernelCheck.Compare("einsum", operands, (v, _) => Nd.Make(Shape(result), at => Nd.Indices(Shape(summed)).Sum(inner =>
        {
            var place = result.Zip(at).Concat(summed.Zip(inner)).ToDictionary(p => p.First, p => p.Second);
            return v.Zip(names).Aggregate(1.0, (product, p) => product * p.First![[.. p.Second.Select(n => place[n])]]);
        })), steps: 8, scale: Shape(summed).Aggregate(1, (a, b) => a * b), dtypes: [ScalarType.Float64, ScalarType.Float32, ScalarType.BFloat16], attributes: ("pattern", (Constant)pattern));
        GradientCheck.Compare("einsum", operands, attributes: ("pattern", (Constant)pattern));

        static string[] Names(string side) => side.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        static int[] Shape(IEnumerable<string> names) => [.. names.Select(n => Sizes[n])];
    }

    [Theory]
    [InlineData(ElementKind.Float)]
    [InlineData(ElementKind.Int)]
    [InlineData(ElementKind.Bool)]
    public void Elements_by_index(ElementKind kind)
    {
        foreach (int[] index in (int[][])[[], [6], [2, 3]])
            foreach (int[] rest in (int[][])[[], [3], [2, 2]])
            {
                var table = kind switch { ElementKind.Int => Operand.Ids(50, [4, .. rest]), ElementKind.Bool => Operand.Mask(0.5, [4, .. rest]), _ => Operand.Float([4, .. rest]) };
                // Indices are taken as the same for all rows too, as `tokens` gives them.
                KernelCheck.Compare("gather", [table, Operand.Ids(4, index)],
                    (v, _) => Nd.Make([.. index, .. rest], i => v[0]![[(int)v[1]![i[..index.Length]], .. i[index.Length..]]]), steps: 0);
            }
        if (kind == ElementKind.Float)
            GradientCheck.Compare("gather", [Operand.Float(4, 3), Operand.Ids(4, 6)]);
    }

    [Theory]
    [InlineData(4, "`gather`: an index is 4, expected 0 to 3")]
    [InlineData(-1, "`gather`: an index is -1, expected 0 to 3")]
    public void An_index_out_of_range_is_refused(int at, string message)
    {
        using var x = zeros(1, 4, 2);
        using var index = tensor(new long[] { 3, at }, [1, 2]);
        Assert.Equal(message, Assert.Throws<InputException>(() => LossTests.Run("gather", [TensorType.Float(4, 2), TensorType.Int(2)], [x, index])).Message);
    }
}
