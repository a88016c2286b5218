using System.Collections.Immutable;
using Mllm.Compiler.Tests.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Types;

public sealed class UnifierTests
{
    [Theory]
    [InlineData("[n, 4]", "[7, 4]", "n = 7")]
    [InlineData("[n, 4]", "[n + 1, 4]", "n = n + 1")]
    [InlineData("[n + 1]", "[577]", "n = 576")]
    [InlineData("[n - 1]", "[m]", "n = m + 1")]
    [InlineData("[2·n]", "[4·m]", "n = 2·m")]
    [InlineData("[64·images, 8]", "[128, 8]", "images = 2")]
    [InlineData("[n + m]; [m]", "[7]; [3]", "m = 3, n = 4")]
    [InlineData("[n·m]; [m]", "[12]; [3]", "m = 3, n = 4")]
    [InlineData("[n, m]; [m, n]", "[m, n]; [n, m]", "m = n, n = m")]
    [InlineData("[3 - n]", "[1]", "n = 2")]
    [InlineData("[n]; [n + 1]", "[k]; [k + 1]", "n = k")]
    [InlineData("ids[]; mask[n, m]", "ids[]; mask[2, m]", "m = m, n = 2")]
    public void Sizes_are_solved(string patterns, string actuals, string expected)
    {
        var found = Unifier.Unify(Types(patterns), Types(actuals));
        Assert.Empty(found.Failures);
        Assert.Equal(expected, string.Join(", ", found.Sizes.OrderBy(s => s.Key).Select(s => $"{s.Key} = {s.Value}")));
    }

    [Theory]
    [InlineData("[n, 4]", "[7, 5]", "0.1 axis 1 has 5 elements, expected 4")]
    [InlineData("[n, 4]", "[7]", "0 found [7], expected [n, 4]")]
    [InlineData("[n]", "ids[7]", "0 found ids[7], expected [n]")]
    [InlineData("[n]; [n]", "[7]; [8]", "1.0 axis 0 has 8 elements, expected n = 7")]
    [InlineData("[n]; [n + 1]", "[m]; [m]", "1.0 axis 0 has m elements, expected n + 1 = m + 1")]
    [InlineData("[n + 1]", "[0]", "0.0 axis 0 has 0 elements, expected n + 1")]
    [InlineData("[2·n]", "[7]", "0.0 axis 0 has 7 elements, expected 2·n")]
    [InlineData("[n^2]", "[16]", "0.0 axis 0 has 16 elements, expected n^2")]
    [InlineData("[n + m]", "[7]", "0.0 axis 0 has 7 elements, which does not tell the sizes in m + n apart")]
    // The callee's m is not the caller's: n + m must not become m + m.
    [InlineData("[n, n + m]; [n]; [m]", "[m, 7]; [m]; [2]", "0.1 axis 1 has 7 elements, expected m + n = m + 2")]
    public void What_does_not_fit_is_told(string patterns, string actuals, string expected) =>
        Assert.Equal(expected, string.Join("; ", Unifier.Unify(Types(patterns), Types(actuals)).Failures.Select(f => $"{f.Operand}{(f.Axis is { } a ? $".{a}" : "")} {f.Message}")));

    private static ImmutableArray<TensorType> Types(string text) => [.. text.Split(';').Select(t => Notation.Type(t)!)];
}
