using Mllm.Compiler.Diagnostics;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Suggestions for misspelt names.</summary>
public class NearNameTests
{
    [Theory]
    [InlineData("encodr", "encoder")]
    [InlineData("encdoer", "encoder")]
    [InlineData("Encoder", "encoder")]
    [InlineData("brigde", "bridge")]
    [InlineData("encoders", "encoder")]
    [InlineData("dim", null)]
    [InlineData("vision", null)]
    [InlineData("", null)]
    [InlineData("e", null)]
    public void The_nearest_name_within_a_third_of_the_length_is_found(string found, string? expected) =>
        Assert.Equal(expected, NearName.Find(found, ["decoder", "encoder", "bridge"]));

    [Fact]
    public void The_name_itself_is_no_suggestion_and_ties_go_to_the_first_in_order()
    {
        Assert.Null(NearName.Find("heads", ["heads"]));
        Assert.Equal("fc1", NearName.Find("fc3", ["fc2", "fc1"]));
        Assert.Equal("fc1", NearName.Find("fc3", ["fc1", "fc2"]));
    }

    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ABC", 0)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("ca", "abc", 3)]
    public void The_distance_counts_edits_and_swaps(string a, string b, int distance)
    {
        Assert.Equal(distance, NearName.Distance(a, b));
        Assert.Equal(distance, NearName.Distance(b, a));
    }
}
