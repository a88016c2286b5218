using System.Text.RegularExpressions;
using Mllm.Compiler.Ir;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>The documents know each primitive, and how many there are.</summary>
public sealed partial class PrimitiveDocumentTests
{
    [Fact]
    public void The_language_page_names_every_primitive()
    {
        var named = Code().Matches(Repository.Read("docs/language.md")).SelectMany(m => Word().Matches(m.Value)).Select(m => m.Value).ToHashSet();
        Assert.Empty(OpRegistry.All.Keys.Where(name => !named.Contains(name)));
    }

    [Theory]
    [InlineData("README.md", "made of {0} primitives")]
    [InlineData("CHANGELOG.md", "{0} in all")]
    [InlineData("docs/language.md", "There are {0}. Those with parameters are members")]
    public void Their_number_is_the_one_on_file(string path, string text) => Assert.Contains(string.Format(null, text, OpRegistry.All.Count), Repository.Read(path));

    [GeneratedRegex("`[^`\n]+`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
