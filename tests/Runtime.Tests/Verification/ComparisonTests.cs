using Mllm.Runtime.Native;
using Mllm.Runtime.Verification;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>What counts as equal: a fraction of the reference's standard deviation, and integers exactly.</summary>
public class ComparisonTests
{
    public ComparisonTests() => TorchLibrary.Load();

    [Theory]
    // The reference has the deviation 2; 2e-5 of it are allowed.
    [InlineData(3.9e-5, true)]
    [InlineData(4.1e-5, false)]
    [InlineData(-4.1e-5, false)]
    public void Numbers_may_differ_by_a_fraction_of_the_deviation(double difference, bool passes)
    {
        var comparison = Comparison.Of("x", tensor([1.0, 5.0 + difference]), tensor([1.0, 5.0]));
        Assert.Equal(passes, comparison.Passed);
        Assert.Equal(4e-5, comparison.Tolerance, 12);
        Assert.Equal(Math.Abs(difference), comparison.Difference, 12);
    }

    [Fact]
    public void Integers_are_equal_or_not()
    {
        Assert.True(Comparison.Of("x", tensor([1L, 2L]), tensor([1L, 2L])).Passed);
        Assert.False(Comparison.Of("x", tensor([1L, 2L]), tensor([1L, 3L])).Passed);
        // A mask may be of truth values on one side.
        Assert.True(Comparison.Of("x", tensor([true, false]), tensor([1L, 0L])).Passed);
    }

    [Fact]
    public void What_is_no_number_never_passes()
    {
        Assert.Equal("it has NaN", Comparison.Of("x", tensor([1.0, double.NaN]), tensor([1.0, 5.0])).Problem);
        Assert.False(Comparison.Of("x", tensor([1.0, double.PositiveInfinity]), tensor([1.0, 5.0])).Passed);
        Assert.Equal("the reference is [3]", Comparison.Of("x", tensor([1.0, 5.0]), tensor([1.0, 5.0, 9.0])).Problem);
    }

    [Fact]
    public void Only_real_positions_count()
    {
        // The same two rows, padded on the left to 3 and on the right to 4.
        var found = tensor([9.0, 1.0, 2.0, 3.0, 4.0, 5.0], [2, 3]);
        var reference = tensor([1.0, 2.0, 7.0, 7.0, 3.0, 4.0, 5.0, 7.0], [2, 4]);
        bool[] ours = [false, true, true, true, true, true], theirs = [true, true, false, false, true, true, true, false];
        Assert.True(Comparison.Of("x", found, reference, tensor(ours, [2, 3]), tensor(theirs, [2, 4])).Passed);
        Assert.NotNull(Comparison.Of("x", found, reference).Problem);
    }
}
