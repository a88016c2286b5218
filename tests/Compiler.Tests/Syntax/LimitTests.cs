using System.Diagnostics;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Very deep and very long texts.</summary>
public class LimitTests
{
    /// <summary>Long enough that anything quadratic in it would take minutes.</summary>
    private const int Length = 1 << 17;

    public static TheoryData<string, string> DeepTexts => new()
    {
        { "round", Repeated("(") },
        { "square", Repeated("[") },
        { "braces", Repeated("{") },
        { "nested ifs", "fn f() { " + Repeated("if a { ") },
        { "else if", "fn f() { if a { } " + Repeated("else if a { } ") },
        { "minus", Body(Repeated("- ") + "1") },
        { "not", Body(Repeated("not ") + "a") },
        { "power", Body(Repeated("a ^ ") + "a") },
        { "sum", Body(Repeated("a + ") + "a") },
        { "pipe", Body(Repeated("a |> ") + "a") },
        { "members", Body("a" + Repeated(".a")) },
        { "reserved members", Body("a" + Repeated(".for")) },
        { "calls", Body("a" + Repeated("()")) },
        { "indices", Body("a" + Repeated("[0]")) },
        { "conditionals", Body(Repeated("if a then b else ") + "c") },
        { "comprehensions", Body(Repeated("[for a in b: ")) },
        { "crossed", Repeated("( ] ") },
        { "sections", "model M() { prompt { " + Repeated("a: { ") },
    };

    [Theory]
    [MemberData(nameof(DeepTexts))]
    public void Nesting_beyond_the_limit_is_a_diagnostic(string what, string text)
    {
        var stage = Parser.Parse(new SourceText(what, text));
        Assert.Contains(stage.Diagnostics, d => d.Code == "MLLM1010");
    }

    public static TheoryData<string, string> LongTexts => new()
    {
        { "list", Body("[" + Repeated("1, ") + "]") },
        { "arguments", Body("f(" + Repeated("a: -1.5, ") + ")") },
        { "members", "block a() {\n" + Repeated("  norm = layer_norm(dim, eps: 1e-5) at \"norm\"\n") + "}" },
        { "functions", "block a() {\n" + Repeated("  fn forward(x: [n, dim]) -> [n, dim] {\n    return x + fc2(act(fc1(norm(x))))\n  }\n") + "}" },
        { "blocks", Repeated("block a(dim: int = 3) { x = 1 }\n") },
        { "ifs", "fn f() {\n" + Repeated("  if a == 1 { x = 1 }\n") + "}" },
        { "settings", "model M() { prompt {\n" + Repeated("  a.b.*: \"c\"\n") + "} }" },
        { "string", Body("\"" + Repeated("text ") + "\"") },
        { "comment", Repeated("// text\n") },
        { "name", Body(Repeated("name")) },
    };

    [Theory]
    [MemberData(nameof(LongTexts))]
    public void A_long_flat_text_is_read_without_errors(string what, string text)
    {
        var stage = Timed(what, text);
        Assert.Empty(stage.Diagnostics.Select(d => d.Message));
    }

    public static TheoryData<string, string> LongBrokenTexts => new()
    {
        { "missing commas", Body("[" + Repeated("1 ") + "]") },
        { "operators", Repeated("* ") },
        { "characters", Repeated("$ ") },
        { "closing brackets", Repeated(") ") },
        { "closing braces", Repeated("}\n") },
        { "indented braces", Repeated("{\n }\n") },
        { "open brackets", Repeated("x = f(a\n") },
        { "open braces", Repeated("block a() {\n") },
        { "words", Repeated("word ") },
        { "unfinished lines", "block a() {\n" + Repeated("x =\n") + "}" },
        { "quotes", Repeated("\"\n") },
        { "misspelt words", "model M() {\n" + Repeated("encodr a = b\n") + "}" },
        { "number", Body(Repeated("1234")) },
        { "unclosed comment", Body("/* " + Repeated("text ")) },
    };

    [Theory]
    [MemberData(nameof(LongBrokenTexts))]
    public void A_long_broken_text_is_read_to_its_end(string what, string text)
    {
        var stage = Timed(what, text);
        Assert.True(stage.HasErrors);
        Assert.InRange(stage.Diagnostics.Length, 1, Parser.MostErrors + 1);
    }

    /// <summary>The deepest trees that are allowed need little stack: the limit is far from what a thread of a megabyte bears.</summary>
    [Fact]
    public void Nesting_up_to_the_limit_needs_little_stack()
    {
        string[] texts =
        [
            new string('(', 198) + "1" + new string(')', 198),
            string.Concat(Enumerable.Repeat("if a then b else ", 198)) + "c",
            string.Concat(Enumerable.Repeat("f(a: [", 99)),
        ];
        var found = new List<Mllm.Compiler.Diagnostics.Stage<ExpressionSyntax>>();
        var thread = new Thread(() => found.AddRange(texts.Select(text => Parser.ParseExpression(new SourceText("deep", text)))), 1 << 20);
        thread.Start();
        thread.Join();
        Assert.False(found[0].HasErrors);
        Assert.False(found[1].HasErrors);
        Assert.All(found[2].Diagnostics, d => Assert.Equal("MLLM1002", d.Code));
    }

    /// <summary>A text of a megabyte takes about a second; the bound leaves room for a machine that is busy.</summary>
    [Fact]
    public void A_megabyte_is_read_in_about_a_second()
    {
        var text = string.Concat(Enumerable.Repeat("fn f(x: [n, dim]) -> [n, dim] {\n  return x + fc2(act(fc1(norm(x))))\n}\n", (1 << 20) / 70));
        var watch = Stopwatch.StartNew();
        Assert.False(Parser.Parse(new SourceText("long", text)).HasErrors);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"took {watch.Elapsed}");
    }

    private static Mllm.Compiler.Diagnostics.Stage<FileSyntax> Timed(string what, string text)
    {
        var watch = Stopwatch.StartNew();
        var stage = Parser.Parse(new SourceText(what, text));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(15), $"{what} took {watch.Elapsed}");
        return stage;
    }

    private static string Body(string expression) => "block a() {\n  x = " + expression + "\n}\n";

    private static string Repeated(string text) => string.Concat(Enumerable.Repeat(text, Length / text.Length));
}
