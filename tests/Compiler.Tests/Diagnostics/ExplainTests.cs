using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Diagnostics;

public class ExplainTests
{
    private const string Page = """
        # MLLM4001: widths differ

        Two widths, `in` and `out`, that must be equal are **not**. This paragraph is long enough that it does not stand on one line of a terminal.

        ```mllm
        x = 1

        y = 2
        ```

        ```text
        error[MLLM4001]: m
        ```

        - Change one of the two, whichever was not meant; that is to say, the one that does not agree with the rest.
        - Or both.

        """;

    [Fact]
    public void APageHasACodeATitleAnExampleAndItsRendering()
    {
        var page = ErrorPage.Parse(Page.ReplaceLineEndings("\n"))!;
        Assert.Equal(("MLLM4001", "widths differ", "x = 1\n\ny = 2\n", "error[MLLM4001]: m\n"), (page.Code, page.Title, page.Example, page.Rendering));
        Assert.Null(page.Session);
        var changed = ErrorPage.Parse(page.WithRendering("error $1 \\1\nmore\n").Markdown)!;
        Assert.Equal("error $1 \\1\nmore\n", changed.Rendering);
        Assert.Equal(page.Markdown, changed.WithRendering(page.Rendering!).Markdown);
    }

    [Theory]
    [InlineData("MLLM4001: no heading\n")]
    [InlineData("# 4001: a number alone\n")]
    [InlineData("# MLLM4001:\n\ntext\n")]
    [InlineData("")]
    public void APageWithoutATitleIsNone(string markdown) => Assert.Null(ErrorPage.Parse(markdown));

    [Theory]
    [InlineData("MLLM9000")]
    [InlineData("mllm9000")]
    [InlineData("9000")]
    public void ACodeMayBeWrittenShort(string code) => Assert.StartsWith("MLLM9000: ", Explain.Page(code, RenderOptions.Plain));

    [Fact]
    public void AnUnknownTopicHasNoPageButNearOnes()
    {
        Assert.Null(Explain.Page("MLLM9001", RenderOptions.Plain));
        Assert.Contains("MLLM9000", Explain.Near("MLLM9001"));
        Assert.Contains("MLLM9000", Explain.Near("900"));
        Assert.Empty(Explain.Near("nothing at all like it"));
    }

    [Fact]
    public void EveryTopicHasAPage() => Assert.All(Explain.Topics, t =>
    {
        var page = Explain.Page(t, RenderOptions.Plain)!;
        Assert.StartsWith(t, page);
        Assert.Equal(page, System.Text.RegularExpressions.Regex.Replace(page, "\e\\[[0-9;]*m", ""));
    });

    [Fact]
    public void APrimitiveSaysAllThatItsOpDeclares() => Assert.Equal(
        """
        dense: a map of the last axis

            member = dense(in: int, out: int, groups: int = 4, bias: bool = true, NAME: int, ...)
            member(x, other..., mask?)
            member.transposed(x)

        Further named sizes are accepted.

        Parameters

        - `weight [out, in / groups]`
        - `bias [out]` with `bias: true`
        - `scale [out]` with `bias: false`

        Constraints

        1. `x` is floating-point
        2. its last axis has `in` elements

        """.ReplaceLineEndings("\n"),
        Explain.Page(new Dense(), RenderOptions.Plain));

    [Fact]
    public void AFunctionTakesItsOperandsBeforeItsSettings() => Assert.Equal(
        """
        flip: the other way round

            flip(x, axis: int = 0)

        Its name is also a value of the type `activation`.

        """.ReplaceLineEndings("\n"),
        Explain.Page(new Flip(), RenderOptions.Plain));

    [Fact]
    public void ColourReplacesTheMarksOfInlineCode()
    {
        var text = Explain.Page(new Dense(), new RenderOptions(Colour: true));
        Assert.Contains("\e[1mParameters\e[0m", text);
        Assert.Contains("1. \e[36mx\e[0m is floating-point", text);
    }

    private sealed class Dense : Op
    {
        public override string Name => "dense";

        public override string Summary => "a map of the last axis";

        public override bool IsModule => true;

        public override bool TakesNamedSizes => true;

        public override ImmutableArray<string> Functions => ["forward", "transposed"];

        public override ImmutableArray<OpAttribute> Attributes =>
            [new("in", "int"), new("out", "int"), new("groups", "int", 4), new("bias", "bool", true)];

        public override ImmutableArray<string> Constraints => ["`x` is floating-point", "its last axis has `in` elements"];

        public override ImmutableArray<OpOperand> Operands(string function) => function == "forward" ? [new("x"), new("other", IsVariadic: true), new("mask", IsOptional: true)] : [new("x")];

        public override ImmutableArray<OpParameter> Parameters(Attributes a)
        {
            Assert.True(Dim.TryDivide(a.Size("in"), a.Size("groups"), out var width));
            var weight = new OpParameter("weight", [a.Size("out"), width], Initializer.Ones);
            return [weight, new(a.Bool("bias") ? "bias" : "scale", [a.Size("out")], Initializer.Zeros)];
        }

        public override ImmutableArray<TensorType> Infer(InferContext context) => throw new NotSupportedException();
    }

    private sealed class Flip : Op
    {
        public override string Name => "flip";

        public override string Summary => "the other way round";

        public override bool IsActivation => true;

        public override ImmutableArray<OpAttribute> Attributes => [new("axis", "int", 0)];

        public override ImmutableArray<OpOperand> Operands(string function) => [new("x")];

        public override ImmutableArray<TensorType> Infer(InferContext context) => throw new NotSupportedException();
    }
}
