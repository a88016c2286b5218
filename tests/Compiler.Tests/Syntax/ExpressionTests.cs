using Mllm.Compiler.Syntax;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Single expressions, as <c>--set name=value</c> gives them.</summary>
public class ExpressionTests
{
    [Theory]
    [InlineData("336", "336")]
    [InlineData("1e-5", "1.0e-5")]
    [InlineData("-3", "(- 3)")]
    [InlineData("none", "none")]
    [InlineData("\"a\\nb\"", "\"a\\nb\"")]
    [InlineData("[1, 2,]", "[1 2]")]
    [InlineData("image / 14", "(/ image 14)")]
    [InlineData("quick_gelu", "quick_gelu")]
    [InlineData("clip_vit(image: 224)", "(call clip_vit image: 224)")]
    [InlineData("\n(a)\n", "a")]
    public void An_expression_is_read(string text, string tree)
    {
        var stage = Parser.ParseExpression(new SourceText("--set", text));
        Assert.Empty(stage.Diagnostics);
        Assert.Equal(tree, AstText.Of(stage.Value));
    }

    [Theory]
    [InlineData("", "MLLM1001 1 found the end of the file where an expression was expected")]
    [InlineData("1 2", "MLLM1001 3 found the number `2` where the end was expected")]
    [InlineData("f(1", "MLLM1002 4 `(` is never closed")]
    [InlineData("1)", "MLLM1003 2 `)` closes nothing")]
    [InlineData("a = 3", "MLLM1001 3 found `=` where the end was expected")]
    [InlineData("99999999999999999999", "MLLM1008 1 the number is too large")]
    public void What_is_no_expression_is_a_diagnostic(string text, string expected)
    {
        var stage = Parser.ParseExpression(new SourceText("--set", text));
        Assert.Equal([expected], stage.Diagnostics.Select(d => $"{d.Code} {d.Primary.Span.Start + 1} {d.Message}"));
    }
}
