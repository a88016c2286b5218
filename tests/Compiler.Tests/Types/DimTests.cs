using Mllm.Compiler.Tests.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Types;

public sealed class DimTests
{
    private static readonly Dim Image = Dim.Named("image", 336), Patch = Dim.Named("patch", 14), N = Dim.Symbol("n"), M = Dim.Symbol("m");

    [Fact]
    public void A_size_is_a_number_and_a_formula()
    {
        Assert.True(Dim.TryDivide(Image, Patch, out var grid));
        var tokens = (grid * grid) + 1;
        Assert.Equal(577, tokens.Value);
        Assert.Equal("(image / patch)^2 + 1", tokens.Formula);
        Assert.Equal("577", tokens.ToString());
        Assert.Equal((Dim)577, tokens);
        Assert.Equal("577", tokens.Plain.Formula);
    }

    [Theory]
    [InlineData("n + n", "2·n")]
    [InlineData("n - n", "0")]
    [InlineData("m·n + n·m", "2·m·n")]
    [InlineData("1 + n + n^2", "n^2 + n + 1")]
    [InlineData("b + a", "a + b")]
    [InlineData("2·n - 3", "2·n - 3")]
    [InlineData("-1·n + 2", "-n + 2")]
    public void Polynomials_have_one_form(string written, string expected) => Assert.Equal(expected, Notation.Size(written).ToString());

    [Fact]
    public void Products_expand_and_compare()
    {
        Assert.Equal((N * N) - (M * M), (N + M) * (N - M));
        Assert.NotEqual(N, M);
        Assert.NotEqual(N, N + 1);
        Assert.Equal(Dim.Named("dim", 8), Dim.Named("width", 8));
        Assert.Equal(Dim.Named("dim", 8).GetHashCode(), ((Dim)8).GetHashCode());
        Assert.Equal(default, Dim.Zero);
    }

    [Theory]
    [InlineData("12", "4", "3")]
    [InlineData("8·n + 4", "4", "2·n + 1")]
    [InlineData("n", "1", "n")]
    [InlineData("7", "2", null)]
    [InlineData("8·n + 3", "4", null)]
    [InlineData("n", "0", null)]
    [InlineData("n", "n", null)]
    public void Division_is_exact_or_refused(string dividend, string divisor, string? expected) =>
        Assert.Equal(expected, Dim.TryDivide(Notation.Size(dividend), Notation.Size(divisor), out var quotient) ? quotient.ToString() : null);

    [Fact]
    public void Names_with_other_values_stay_apart_in_formulas()
    {
        var product = Dim.Named("dim", 1024) * Dim.Named("dim", 4096);
        Assert.Equal(1024 * 4096, product.Value);
        Assert.Equal("dim·dim", product.Formula);
    }

    [Fact]
    public void Sizes_are_put_in_all_at_once()
    {
        var swapped = ((N * N) + M).Substitute(new Dictionary<string, Dim> { ["n"] = M, ["m"] = N + 1 });
        Assert.Equal("m^2 + n + 1", swapped.ToString());
        var scaled = (N * Dim.Named("dim", 8)).Substitute(new Dictionary<string, Dim> { ["n"] = 3 });
        Assert.Equal("3·dim", scaled.Formula);
        Assert.Equal(24, scaled.Value);
        Assert.Equal(40, ((N * N * 4) + 4).Evaluate(new Dictionary<string, long> { ["n"] = 3 }));
        Assert.Throws<KeyNotFoundException>(() => N.Evaluate(new Dictionary<string, long>()));
    }

    [Fact]
    public void Overflow_is_an_error()
    {
        Dim huge = long.MaxValue;
        Assert.Throws<OverflowException>(() => huge + 1);
        Assert.Throws<OverflowException>(() => huge * 2);
        Assert.Throws<OverflowException>(() => N * huge * 2);
        Assert.Throws<OverflowException>(() => (N * N).Evaluate(new Dictionary<string, long> { ["n"] = long.MaxValue }));
    }

    [Theory]
    [InlineData("[n, 4]")]
    [InlineData("ids[]")]
    [InlineData("mask[n, m + n]")]
    public void Types_print_as_they_are_written(string text) => Assert.Equal(text, Notation.Type(text)!.ToString());
}
