using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Diagnostics;

public class RendererTests
{
    private static readonly Marked Call = new("x = foo(«0bar0», «1baz1», «2qux2»)");

    private static void Shows(Diagnostic diagnostic, string expected, int width = 120)
    {
        var text = Renderer.Render([diagnostic], new RenderOptions(Width: width));
        Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", text);
        Assert.DoesNotContain(" \n", text);
    }

    /// <summary>Compares what stands below the arrow line.</summary>
    private static void Underlines(Diagnostic diagnostic, string expected, int width = 120)
    {
        var text = Renderer.Render([diagnostic], new RenderOptions(Width: width));
        Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", text[(text.IndexOf("|\n", StringComparison.Ordinal) + 2)..]);
    }

    [Fact]
    public void ALabelWithItsReasonAndHelp() => Shows(
        new Marked("\n\n\n\n\n\n\n\n  bridge p = «1mlp(1024, 1024)1»\n\n\n\n\n  inject vision |> «0p0» into llm as prefix\n")
            .Error("the bridge gives tokens of width 1024, the decoder takes width 4096", "[256, 1024]", "made here") with { Help = "set `to: dim` (4096)" },
        """
        error[MLLM4001]: the bridge gives tokens of width 1024, the decoder takes width 4096
          --> a.mllm:14:20
           |
         9 |   bridge p = mlp(1024, 1024)
           |              --------------- made here
        ...
        14 |   inject vision |> p into llm as prefix
           |                    ^ [256, 1024]
           |
           = help: set `to: dim` (4096)
        """);

    [Fact]
    public void SeveralLabelsOfOneLineHangBelow() => Underlines(Call.Error("m", "the bar", "the baz", "the qux"),
        """
        1 | x = foo(bar, baz, qux)
          |         ^^^  ---  --- the qux
          |         |    |
          |         |    the baz
          |         the bar
        """);

    [Fact]
    public void LabelsWithoutTextOnlyUnderline() => Underlines(Call.Error("m", "", "the baz", ""),
        """
        1 | x = foo(bar, baz, qux)
          |         ^^^  ---  ---
          |              |
          |              the baz
        """);

    [Fact]
    public void ALabelInsideAnother() => Underlines(new Marked("x = «1foo(«0bar0»)1»").Error("m", "inner", "outer"),
        """
        1 | x = foo(bar)
          |     ----^^^- outer
          |         |
          |         inner
        """);

    [Fact]
    public void TwoLabelsOfOnePlace() => Underlines(new Marked("x = «0«1foo1»0»").Error("m", "one", "two"),
        """
        1 | x = foo
          |     ^^^ one
          |     |
          |     two
        """);

    [Fact]
    public void ASpanOfWholeLines() => Underlines(new Marked("block a() {\n  «0fn f(x: [n]) {\n    return x\n  }0»\n}\n").Error("m", "here"),
        """
        2 | /   fn f(x: [n]) {
        3 | |     return x
        4 | |   }
          | |___^ here
        """);

    [Fact]
    public void ALongSpanThatBeginsInsideALine() => Underlines(
        new Marked("block a() {\n  y = «0foo(\n    1,\n    2,\n    3,\n    4,\n    5,\n    6\n  )0»\n}\n").Error("m", "here"),
        """
        2 |     y = foo(
          |  _______^
        3 | |     1,
        ... |
        8 | |     6
        9 | |   )
          | |___^ here
        """);

    [Fact]
    public void SpansOverLinesInsideEachOther() => Underlines(
        new Marked("«1block a() {\n  y = «0foo(\n    «21 + 22»,\n  )0»\n}1»\n").Error("m", "call", "block", "sum"),
        """
        1 | /  block a() {
        2 | |    y = foo(
          | | _______^
        3 | ||     1 + 2,
          | ||     ----- sum
        4 | ||   )
          | ||___^ call
        5 | |  }
          | |__- block
        """);

    [Fact]
    public void SpansOverLinesThatCross() => Underlines(new Marked("a = «0foo(\n1,«1\n  2)0»\n b1»\n").Error("m", "c", "d"),
        """
        1 |    a = foo(
          |  ______^
        2 | |  1,
          | | ___-
        3 | ||   2)
          | |_____^ c
        4 |  |  b
          |  |__- d
        """);

    [Fact]
    public void TheLineBreakAtASpansEndIsNotMarked() => Underlines(new Marked("a = «0foo(1,\r\n  2)\r\n0»b\r\n").Error("m", "c"),
        """
        1 |   a = foo(1,
          |  _____^
        2 | |   2)
          | |____^ c
        """);

    [Fact]
    public void OneLineBetweenIsShownAndMoreAreNot() => Underlines(new Marked("a = «0foo0»\nb\nc = «1foo1»\nd\ne\nf = «2foo2»").Error("m", "1", "2", "3"),
        """
        1 | a = foo
          |     ^^^ 1
        2 | b
        3 | c = foo
          |     --- 2
        ...
        6 | f = foo
          |     --- 3
        """);

    [Fact]
    public void AnEmptySpanHasAMark() => Underlines(new Marked("a = 1\nb = «00» + 2\n").Error("m", "expected an expression"),
        """
        2 | b =  + 2
          |     ^ expected an expression
        """);

    [Fact]
    public void TheEndOfAFileWithoutALineBreak() => Shows(new Marked("a = 1«00»").Error("m", "expected `}`"),
        """
        error[MLLM4001]: m
         --> a.mllm:1:6
          |
        1 | a = 1
          |      ^ expected `}`
        """);

    [Fact]
    public void TheEndOfAFileAfterALineBreak() => Underlines(new Marked("a = 1\n«00»").Error("m", "expected `}`"),
        """
        2 |
          | ^ expected `}`
        """);

    [Fact]
    public void AnEmptyFile() => Underlines(new Marked("«00»").Error("m", "expected a model"),
        """
        1 |
          | ^ expected a model
        """);

    [Fact]
    public void OffsetsOutsideTheTextCountAsItsEnd()
    {
        var source = new SourceText("a.mllm", "a = 1");
        Underlines(new Diagnostic("MLLM4001", Severity.Error, "m", new Label(new Span(source, 90, 80), "here")),
            """
            1 | a = 1
              |      ^ here
            """);
    }

    [Fact]
    public void TabsWideAndCombiningCharacters() => Underlines(new Marked("\ta\t= «0b0»\t// 漢字 «1漢字1» e\u0301 «2x2»").Error("m", "", "kanji", "ecute"),
        $"""
        1 |     a   = b // 漢字 漢字 e{'\u0301'} x
          |           ^         ----   - ecute
          |                     |
          |                     kanji
        """);

    [Fact]
    public void AWideCharacterAtTheCutLeavesASpace()
    {
        var marked = new Marked(new string('漢', 40) + "«0x0»" + new string('字', 40));
        var rows = Renderer.Render([marked.Error("m", "here")], new RenderOptions(Width: 45)).Split('\n');
        Assert.Equal(rows[3].TakeWhile(c => c != 'x').Sum(c => c == '漢' ? 2 : 1), rows[4].IndexOf('^'));
        Assert.StartsWith("1 | … 漢", rows[3]);
    }

    [Fact]
    public void ALongLineIsCutAroundItsMark() => Underlines(
        new Marked($"x = [{string.Join(", ", Enumerable.Range(0, 40))}, «0oops0», {string.Join(", ", Enumerable.Range(100, 40))}]").Error("m", "what is this"),
        """
        1 | …1, 32, 33, 34, 35, 36, 37, 38, 39, oops, 100, 101, 102, 103, 104, 105, 106…
          |                                     ^^^^ what is this
        """,
        width: 80);

    [Fact]
    public void ALabelOutsideTheCutStandsAtItsEdge() => Underlines(
        new Marked($"«1x1» = [{string.Join(", ", Enumerable.Range(0, 40))}, «0oops0»]").Error("m", "what is this", "for this"),
        """
        1 | …8, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, oops]
          | -                                               ^^^^ what is this
          | |
          | for this
        """,
        width: 58);

    [Fact]
    public void AMarkWiderThanTheTerminalIsCutToo()
    {
        var marked = new Marked($"x = «0[{string.Join(", ", Enumerable.Range(0, 80))}]0»");
        var rows = Renderer.Render([marked.Error("m", "")], new RenderOptions(Width: 60)).Split('\n');
        Assert.All(rows, r => Assert.True(r.Length <= 60));
        Assert.EndsWith("^^^", rows[4]);
    }

    [Fact]
    public void ALabelInAnotherFileHasItsOwnSnippetAndAFixShowsTheNewLine()
    {
        var other = new Marked("\n\n\n\n\n\n\n\n\n\n\n\nblock «0b0»(n: int) {}", "lib/b.mllm");
        Shows(
            Call.Error("m", "unknown") with
            {
                Secondary = [new Label(other.Spans[0], "declared here")],
                Help = "first\nsecond",
                Fix = new Fix("use its name", Call.Spans[0], "b"),
            },
            """
            error[MLLM4001]: m
              --> a.mllm:1:9
               |
             1 | x = foo(bar, baz, qux)
               |         ^^^ unknown
              ::: lib/b.mllm:13:7
               |
            13 | block b(n: int) {}
               |       - declared here
               |
               = help: first
                       second
               = fix: use its name
               |
             1 | x = foo(b, baz, qux)
               |         ~
            """);
    }

    [Fact]
    public void AFixMayAddLines() => Shows(Call.Error("m", "") with { Fix = new Fix("declare it", new Span(Call.Source, 0, 0), "bar = 1\nbaz = 2\n") },
        """
        error[MLLM4001]: m
         --> a.mllm:1:9
          |
        1 | x = foo(bar, baz, qux)
          |         ^^^
          |
          = fix: declare it
          |
        1 | bar = 1
          | ~~~~~~~
        2 | baz = 2
          | ~~~~~~~
        3 | x = foo(bar, baz, qux)
        """);

    [Fact]
    public void AFindingWithoutAPlace() => Shows(new Diagnostic("MLLM3000", Severity.Warning, "m", new Label(default, "")) { Help = "h" },
        """
        warning[MLLM3000]: m
          = help: h
        """);

    [Fact]
    public void AFileWithoutLines() => Shows(new Diagnostic("MLLM6001", Severity.Error, "m", new Label(new Span(new SourceText("w.safetensors", ""), 0, 0), "")),
        """
        error[MLLM6001]: m
         --> w.safetensors
        """);

    [Theory]
    [InlineData(0x1B)]   // begins a terminal command
    [InlineData(0x202E)] // right-to-left override
    [InlineData(0x200B)] // zero-width space
    [InlineData(0xD800)] // half a surrogate pair
    [InlineData(0x2028)] // line separator
    public void WhatATerminalWouldObeyOrHideIsMadeVisible(int character)
    {
        var hidden = ((char)character).ToString();
        var marked = new Marked($"a = «0{hidden}0»b", $"a{hidden}.mllm");
        var text = Renderer.Render([marked.Error($"found {hidden}", hidden)], RenderOptions.Plain);
        Assert.DoesNotContain(hidden, text, StringComparison.Ordinal);
        Assert.Equal(4, text.Count(c => c == '\uFFFD'));
    }

    [Fact]
    public void FindingsAreInOrderAndOnlyOnce()
    {
        var text = "a = 1";
        Diagnostic At(string path, int start, string code) => new(code, Severity.Error, "m", new Label(new Span(new SourceText(path, text), start, start + 1), "t"));
        Diagnostic[] sorted = [At("a", 0, "MLLM2"), At("a", 4, "MLLM1"), At("a", 4, "MLLM2"), At("b", 0, "MLLM1")];

        var again = DiagnosticOrder.Sort([sorted[3], sorted[1], At("a", 4, "MLLM2"), sorted[2], sorted[0], At("b", 0, "MLLM1")]);

        Assert.Equal(sorted.Select(d => (d.Code, d.Primary.Span.ToString())), again.Select(d => (d.Code, d.Primary.Span.ToString())));
    }

    [Fact]
    public void TwoReasonsForOnePlaceAreTwoFindings()
    {
        var first = Call.Error("m", "t", "one");
        Assert.Equal(2, DiagnosticOrder.Sort([first, Call.Error("m", "t", "another"), Call.Error("m", "t", "one")]).Length);
    }

    [Theory]
    [InlineData(0, 0, "")]
    [InlineData(1, 0, "1 error")]
    [InlineData(2, 1, "2 errors, 1 warning")]
    [InlineData(0, 3, "3 warnings")]
    public void TheSummaryCounts(int errors, int warnings, string expected)
    {
        var source = new SourceText("a", new string('x', 9));
        var all = Enumerable.Range(0, errors + warnings).Select(i =>
            new Diagnostic("MLLM1000", i < errors ? Severity.Error : Severity.Warning, "m", new Label(new Span(source, i, i), "")));
        Assert.Equal(expected, Renderer.Summary(all, RenderOptions.Plain));
    }

    [Fact]
    public void ColoursOnlyColour()
    {
        var marked = new Marked("«1block a() {\n  y = «0foo(\n    «21 + 22»,\n  )0»\n}1»\n");
        var diagnostic = marked.Error("m", "call", "block", "sum") with { Help = "h", Fix = new Fix("t", marked.Spans[2], "3") };
        var coloured = Renderer.Render([diagnostic], new RenderOptions(Colour: true));
        Assert.Contains("\e[1;31merror[MLLM4001]\e[0m", coloured);
        Assert.Equal(Renderer.Render([diagnostic], RenderOptions.Plain), System.Text.RegularExpressions.Regex.Replace(coloured, "\e\\[[0-9;]*m", ""));
    }
}
