using System.Collections;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>The span of a node is exactly its text: read by itself, the text gives the same node again.</summary>
public class SpanTests
{
    public static TheoryData<string> Files => [.. CaseFiles.Names("valid")];

    [Theory]
    [MemberData(nameof(Files))]
    public void The_text_under_an_expression_is_that_expression(string name)
    {
        var file = Parser.Parse(CaseFiles.Read("valid", name)).Value;
        foreach (var expression in Nodes(file).OfType<ExpressionSyntax>().Where(e => e is not (RangeSyntax { From: null } or RangeSyntax { To: null })))
        {
            var again = Parser.ParseExpression(new SourceText("again", expression.Span.Text));
            Assert.Empty(again.Diagnostics);
            Assert.Equal(AstText.Of(expression), AstText.Of(again.Value));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void The_text_under_a_declaration_is_that_declaration(string name)
    {
        var file = Parser.Parse(CaseFiles.Read("valid", name)).Value;
        foreach (var declaration in file.Declarations)
        {
            var again = Parser.Parse(new SourceText("again", declaration.Span.Text));
            Assert.Empty(again.Diagnostics);
            Assert.Equal(Print(declaration with { Doc = null }), Print(Assert.Single(again.Value.Declarations)));
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_name_lies_on_its_letters(string name)
    {
        var file = Parser.Parse(CaseFiles.Read("valid", name)).Value;
        foreach (var found in Nodes(file).OfType<Name>())
            Assert.Equal(found.Text, found.Span.Text.Trim('"'));
    }

    [Fact]
    public void Operators_strings_and_names_have_spans_of_their_own()
    {
        var sum = (BinarySyntax)Parser.ParseExpression(new SourceText("sum", "  (a + b)  *\n c ")).Value;
        Assert.Equal("*", sum.OperatorSpan.Text);
        Assert.Equal("(a + b)  *\n c", sum.Span.Text);
        Assert.Equal("a + b", sum.Left.Span.Text);
        var file = Parser.Parse(new SourceText("file", "import \"a\\tb\" block c() { d = e() at \"f\" }")).Value;
        Assert.Equal(("a\tb", "\"a\\tb\""), (file.Imports[0].Path.Value, file.Imports[0].Path.Span.Text));
        var member = (MemberSyntax)((BlockSyntax)file.Declarations[0]).Items[0];
        Assert.Equal(("d = e() at \"f\"", "\"f\""), (member.Span.Text, member.At!.Span.Text));
    }

    [Fact]
    public void Offsets_count_utf16_units()
    {
        var stage = Parser.Parse(new SourceText("file", "block a() { x = \"\U0001F600\" y = b }"));
        Assert.Equal("y = b", ((BlockSyntax)stage.Value.Declarations[0]).Items[1].Span.Text);
    }

    private static string Print(DeclarationSyntax declaration) => AstText.Of(new FileSyntax(declaration.Span.Source, [], [declaration]));

    /// <summary>Every node of a tree.</summary>
    private static IEnumerable<object> Nodes(object? node) => node switch
    {
        null or string or SourceText or Span or ValueType and not IEnumerable => [],
        IEnumerable children => children.Cast<object?>().SelectMany(Nodes),
        _ => node.GetType().GetProperties().SelectMany(p => Nodes(p.GetValue(node))).Prepend(node),
    };
}
