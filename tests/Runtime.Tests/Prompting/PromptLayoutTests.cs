using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Text;
using Mllm.Runtime.Prompting;
using Xunit;

namespace Mllm.Runtime.Tests.Prompting;

/// <summary>
/// Where visual tokens stand. A layout is written position by position, as <c>ID</c> for a text token or <c>*SLOT</c> for a visual one (one <c>*</c> for
/// each injection before the one that it belongs to, and the row of the media), then <c>@</c> and the latest picture. A picture becomes 2 tokens.
/// </summary>
public class PromptLayoutTests
{
    private const string Replacing = "inject pixels_of into llm as prefix replacing \"<image>\"";
    private const string Before = "inject pixels_of into llm as prefix";
    private const string Woven = "inject pixels_of into llm.layers[0] before as look(4) attending preceding_image";

    [Theory]
    // No pictures.
    [InlineData(Replacing, "5 6 7", 0, "5@0 6@0 7@0")]
    [InlineData(Before, "5 6", 0, "5@0 6@0")]
    [InlineData(Woven, "5 6", 0, "5@0 6@0")]
    // The tokens of the k-th picture take the k-th placeholder's place, wherever it stands.
    [InlineData(Replacing, "99 5", 1, "*0@1 *1@1 5@1")]
    [InlineData(Replacing, "5 99 6", 1, "5@0 *0@1 *1@1 6@1")]
    [InlineData(Replacing, "5 6 99", 1, "5@0 6@0 *0@1 *1@1")]
    [InlineData(Replacing, "5 99 6 99 99 7", 3, "5@0 *0@1 *1@1 6@1 *2@2 *3@2 *4@3 *5@3 7@3")]
    // Without a placeholder all pictures stand before the text, BOS included, in order.
    [InlineData(Before, "1 5", 1, "*0@1 *1@1 1@1 5@1")]
    [InlineData(Before, "1 5", 2, "*0@1 *1@1 *2@2 *3@2 1@2 5@2")]
    // Woven media take no place; their token is an ordinary one and belongs to the picture that it opens.
    [InlineData(Woven, "5 99 6", 1, "5@0 99@1 6@1")]
    [InlineData(Woven, "99 99 6", 2, "99@1 99@2 6@2")]
    [InlineData(Woven, "5 99 6 99 7", 3, "5@0 99@1 6@1 99@2 7@2")]
    // A prefix and woven media of the same pictures.
    [InlineData(Before + "\n" + Woven, "5 99 6", 1, "*0@1 *1@1 5@0 99@1 6@1")]
    [InlineData(Before + "\n" + Woven, "5 6", 1, "*0@1 *1@1 5@1 6@1")]
    [InlineData(Replacing + "\n" + Woven, "5 99 6", 1, "5@0 *0@1 *1@1 6@1")]
    // Two prefixes that replace one placeholder stand side by side; with placeholders of their own, each counts by itself.
    [InlineData(Replacing + "\n" + Replacing, "5 99 99", 2, "5@0 *0@1 *1@1 **0@1 **1@1 *2@2 *3@2 **2@2 **3@2")]
    [InlineData(Replacing + "\ninject pixels_of into llm as prefix replacing \"<detail>\"", "99 98 5 99 98", 2, "*0@1 *1@1 **0@1 **1@1 5@1 *2@2 *3@2 **2@2 **3@2")]
    public void Visual_tokens_stand_where_the_injection_says(string injections, string ids, int pictures, string expected)
    {
        var program = Program(injections);
        var row = PromptLayout.Of(program, Tokens(program), Ids(ids), pictures);
        Assert.Equal(expected, Show(row));
        Assert.Equal(pictures, row.Images);
    }

    [Theory]
    [InlineData(Replacing, "5 99 99", 1, "the prompt has 2 placeholders for 1 picture")]
    [InlineData(Replacing, "5 99", 3, "the prompt has 1 placeholder for 3 pictures")]
    [InlineData(Replacing, "5", 1, "the prompt has 0 placeholders for 1 picture")]
    [InlineData(Replacing, "99", 0, "the prompt has 1 placeholder for 0 pictures")]
    [InlineData(Woven, "99 5 99 6", 1, "the prompt has 2 placeholders for 1 picture")]
    [InlineData(Replacing + "\ninject pixels_of into llm as prefix replacing \"<detail>\"", "99 5", 1, "the prompt has 0 placeholders for 1 picture")]
    public void Placeholders_and_pictures_agree(string injections, string ids, int pictures, string message)
    {
        var program = Program(injections);
        Assert.Equal(message, Assert.Throws<InputException>(() => PromptLayout.Of(program, Tokens(program), Ids(ids), pictures)).Message);
    }

    [Theory]
    [InlineData(Replacing, "5 99 6 99", 2)]
    [InlineData(Woven, "5 99 6", 1)]
    [InlineData(Before, "5 6", 0)]
    public void Without_a_number_there_are_as_many_pictures_as_the_text_marks(string injections, string ids, int pictures)
    {
        var program = Program(injections);
        Assert.Equal(pictures, PromptLayout.Of(program, Tokens(program), Ids(ids)).Images);
    }

    [Fact]
    public void Rows_are_padded_on_either_side()
    {
        var program = Program(Replacing);
        var rows = new[] { "5 99 6", "7", "8 9" }.Select(t => PromptLayout.Of(program, Tokens(program), Ids(t))).ToList();
        var left = BatchLayout.Pad([.. rows], left: true);
        Assert.Equal("5@0 *0@1 *1@1 6@1 | . . . 7@0 | . . 8@0 9@0", Show(left));
        Assert.Equal([0, 1, 2, 3, -1, -1, -1, 0, -1, -1, 0, 1], left.Positions);
        Assert.Equal([0, 3, 2], Enumerable.Range(0, 3).Select(left.StartOf));
        var right = BatchLayout.Pad([.. rows], left: false);
        Assert.Equal("5@0 *0@1 *1@1 6@1 | 7@0 . . . | 8@0 9@0 . .", Show(right));
        Assert.Equal([0, 1, 2, 3, 0, -1, -1, -1, 0, 1, -1, -1], right.Positions);
        Assert.Equal([0, 0, 0], Enumerable.Range(0, 3).Select(right.StartOf));
        Assert.True(left.HasPadding && right.HasPadding);
        Assert.False(BatchLayout.Pad([rows[1]], left: true).HasPadding);
    }

    [Fact]
    public void Padding_may_stand_after_a_prefix()
    {
        var program = Program(Before);
        var rows = new[] { "5 6 7", "8" }.Select(t => PromptLayout.Of(program, Tokens(program), Ids(t), 1)).ToList();
        var layout = BatchLayout.Pad([.. rows], left: true, prefix: 2, length: 6);
        Assert.Equal("*0@1 *1@1 . 5@1 6@1 7@1 | *0@1 *1@1 . . . 8@1", Show(layout));
        Assert.Equal([0, 1, -1, 2, 3, 4, 0, 1, -1, -1, -1, 2], layout.Positions);
        Assert.Equal([0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5], layout.WithPaddingCounted().Positions);
        Assert.Equal([0, 1, 5], layout.Places[1]);
        Assert.Equal([0, 0], Enumerable.Range(0, 2).Select(layout.StartOf));
    }

    [Fact]
    public void A_placeholder_needs_an_id()
    {
        var program = Program(Replacing);
        Assert.Equal("neither the model file nor the tokenizer gives the placeholder \"<image>\" an id", Assert.Throws<InputException>(() => MediaTokens.Of(program, _ => null)).Message);
        // What the file fixes comes before what the tokenizer says.
        Assert.Equal(31, MediaTokens.Of(Program(Replacing, "tokenizer { special: { \"<image>\": 31 } }"), _ => 99).Ids[0]);
        Assert.Null(MediaTokens.Of(Program(Before), _ => 99).Ids[0]);
    }

    /// <summary>A model of one encoder of 2 tokens a picture and a decoder of one layer, with these injections.</summary>
    private static ModelProgram Program(string injections, string sections = "tokenizer { special: { \"<image>\": none, \"<detail>\": none } }")
    {
        var text = $$"""
            block eye() {
              project = linear(8, 4)
              fn forward(pixels: [3, 4, 4]) -> [2, 4] { return project(rearrange(pixels[0..1], "c (a b) w -> (c a) (b w)", a: 2)) }
            }
            block look(dim: int) {
              q = linear(dim, dim)
              fn forward(x: [n, dim], media: [m, dim], see: mask[n, m]) -> [n, dim] { return x + attention(q(x), media, media, mask: see, heads: 1) }
            }
            block layer(dim: int) {
              mix = linear(dim, dim)
              fn forward(x: [n, dim]) -> [n, dim] { return mix(x) }
            }
            block words(dim: int, vocab: int = 100, context: int = 64) {
              table  = embedding(vocab, dim)
              layers = [for i in 0..1: layer(dim)]
              fn embed(tokens: ids[n]) -> [n, dim] { return table(tokens) }
              fn forward(x: [n, dim], positions: ids[n]) -> [n, dim] { return layers[0](x) }
              fn head(x: [n, dim]) -> [n, vocab] { return table.unembed(x) }
            }
            model Two() {
              encoder pixels_of = eye()
              decoder llm       = words(4)
              {{injections}}
              image { size: 4, fit: crop, resample: bicubic, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] }
              {{sections}}
            }
            """;
        var stage = Compilation.Load(new SourceText("two.mllm", text), _ => null).Compile(new CompileRequest());
        Assert.True(stage.Diagnostics.IsEmpty, string.Join('\n', stage.Diagnostics.Select(d => $"{d.Code} {d.Message}")));
        return stage.Value!;
    }

    private static MediaTokens Tokens(ModelProgram program) => MediaTokens.Of(program, t => t == "<image>" ? 99 : 98);

    private static long[] Ids(string text) => [.. text.Split(' ').Select(long.Parse)];

    private static string Show(RowLayout row) => string.Join(' ', Enumerable.Range(0, row.Length).Select(i => Show(row.Ids[i], row.ImageIndex[i], [.. row.Slots.Select(s => s[i])])));

    private static string Show(BatchLayout batch) => string.Join(" | ", Enumerable.Range(0, batch.Rows.Length).Select(r => string.Join(' ',
        Enumerable.Range(r * batch.Length, batch.Length).Select(i => batch.Valid[i] ? Show(batch.Ids[i], batch.ImageIndex[i], [.. batch.Slots.Select(s => s[i])]) : "."))));

    private static string Show(long id, long image, long[] slots)
    {
        var injection = Array.FindIndex(slots, s => s >= 0);
        return $"{(injection < 0 ? id.ToString() : new string('*', injection + 1) + slots[injection])}@{image}";
    }
}
