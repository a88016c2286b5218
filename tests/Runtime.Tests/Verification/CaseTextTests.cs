using Mllm.Compiler;
using Mllm.Compiler.Std;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Verification.Reference;
using Mllm.Runtime.Tests.Weights;
using Mllm.Runtime.Verification;
using Xunit;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>The ways in which references give their text, told apart by the names and shapes of their inputs.</summary>
public sealed class CaseTextTests : IDisposable
{
    private const string Llava = "architectures/llava.mllm", Answering = "architectures/minigpt4.mllm", Prefix = "architectures/hybrids/flamingo_prefix.mllm",
        Flamingo = "architectures/flamingo.mllm";
    private const long Image = 99;

    private readonly TemporaryFolder _folder = new();
    private readonly GoldenFolder _golden = new();

    static CaseTextTests() => TorchLibrary.Load();

    // A folder without outputs is none.
    public CaseTextTests() => _golden.Expect("logits", [1], [0.0]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Padding_is_left_out_with_its_labels()
    {
        _golden.Input("input_ids", [2, 3], [1, 2, 3, 0, 4, 5]);
        _golden.Input("attention_mask", [2, 3], [1, 1, 1, 0, 1, 1]);
        _golden.Input("labels", [2, 3], [-100, 2, 3, -100, 4, 5]);
        var text = Read(Llava);
        Assert.True(text.PadLeft);
        Assert.Equal(["1 2 3 | -100 2 3", "4 5 | 4 5"], text.Rows.Select(Show));
        Assert.Null(text.Labels);
    }

    [Theory]
    // One for each picture stays as it is; one for each of its tokens becomes one; one less are as many pictures.
    [InlineData("one", 1)]
    [InlineData("all", 1)]
    [InlineData("all", 2)]
    [InlineData("one less", 1)]
    public void A_placeholder_may_stand_once_for_each_token(string placeholders, int runs)
    {
        var tokens = (int)ShippedModels.Load(Llava)!.Compile(new CompileRequest("tiny")).Value!.Injections[0].Tokens.Value!.Value;
        var run = placeholders switch { "one" => 1, "all" => tokens, _ => tokens - 1 };
        var pictures = run == tokens ? runs : run;
        var marked = Enumerable.Repeat(Image, run * runs).ToArray();
        _golden.Input("input_ids", [1, marked.Length + 2], [1, .. marked, 2]);
        _golden.Input("labels", [1, marked.Length + 2], [-100, .. marked.Select(_ => -100L), 2]);
        var row = Assert.Single(Read(Llava).Rows);
        Assert.Equal([1, .. Enumerable.Repeat(Image, pictures), 2], row.Ids);
        Assert.Equal([-100, .. Enumerable.Repeat(-100L, pictures), 2], row.Labels!);
    }

    [Fact]
    public void Masks_one_shorter_than_the_labels_say_which_count()
    {
        _golden.Input("input_ids", [1, 4], [1, 2, 3, 4]);
        _golden.Input("labels", [1, 4], [1, 2, 3, 4]);
        _golden.Input("prompt_mask", [1, 3], [0, 1, 1]);
        _golden.Input("padding_mask", [1, 3], [1, 1, 0]);
        var text = Read(Llava);
        Assert.Equal("1 2 3 4 | 1 -100 3 -100", Show(Assert.Single(text.Rows)));
        Assert.Equal([1, -100, 3, -100], text.Labels!.data<long>().ToArray());
    }

    [Fact]
    public void Answers_follow_the_end_of_each_prompt()
    {
        _golden.Input("input_ids", [2, 3], [7, Image, 8, Image, 9, 0]);
        _golden.Input("attention_mask", [2, 3], [1, 1, 1, 1, 1, 0]);
        _golden.Input("answer_ids", [2, 2], [10, 11, 12, 0]);
        _golden.Input("answer_attention_mask", [2, 2], [1, 1, 1, 0]);
        var text = Read(Answering, "bos_token=5");
        Assert.Equal([$"5 7 {Image} 8 10 11 | -100 -100 -100 -100 10 11", $"5 {Image} 9 12 | -100 -100 -100 12"], text.Rows.Select(Show));
        Assert.Equal([4, 3], text.Rows.Select(r => r.Prompt));
        Assert.Contains("gives its `bos` no id", Assert.Throws<InputException>(() => Read(Answering)).Message);
    }

    [Theory]
    [InlineData("2 3 16 16", 1, 1)]
    [InlineData("2 2 3 16 16", 2, 2)]
    [InlineData("3 3 16 16", 2, 1)]
    public void The_pictures_of_a_row_are_counted(string shape, int first, int second)
    {
        long[] sizes = [.. shape.Split(' ').Select(long.Parse)];
        _golden.Input("input_ids", [2, 1], [1, 2]);
        if (first != second)
            _golden.Input("num_images", [2], [first, second]);
        var text = Read(Prefix, pixels: sizes);
        Assert.Equal([first, second], text.Rows.Select(r => r.Images));
    }

    [Theory]
    [InlineData("2 3 9", "1 2 3 9 | -100 2 3 9")]
    [InlineData("-100 3 -100", "1 2 3 | -100 -100 3")]
    [InlineData("1 2 3", null)]
    [InlineData("-100 2 3", null)]
    [InlineData("2 9 9", null)]
    public void Labels_may_be_the_tokens_that_follow(string labels, string? shifted)
    {
        _golden.Input("input_ids", [1, 3], [1, 2, 3]);
        _golden.Input("labels", [1, 3], labels.Split(' ').Select(long.Parse));
        var text = Read(Llava);
        Assert.Equal(shifted is not null, text.LabelsFollow);
        if (shifted is not null)
            Assert.Equal(shifted, Show(text.Rows[0].Shifted()));
    }

    [Fact]
    public void Of_the_pictures_that_a_mask_shows_the_latest_counts()
    {
        _golden.Input("input_ids", [2, 3], [1, 2, 3, 4, 5, 0]);
        _golden.Input("attention_mask", [2, 3], [1, 1, 1, 1, 1, 0]);
        _golden.Input("image_attention_mask", [2, 3, 2], [0, 0, 1, 0, 1, 1, 1, 0, 0, 1, 0, 1]);
        var text = Read(Flamingo, pixels: [2, 2, 3, 16, 16]);
        Assert.Equal(["0 1 2", "1 2"], text.Rows.Select(r => string.Join(' ', r.Latest!)));
        var program = ShippedModels.Load(Flamingo)!.Compile(new CompileRequest("tiny")).Value!;
        Assert.Equal([0, 1], text.Rows[0].LayOut(program, MediaTokens.Of(program, _ => Image), 2).ImageIndex);
    }

    private CaseText Read(string model, string? setting = null, long[]? pixels = null)
    {
        _golden.Write(_folder, new DrawnWeights(1), "{}");
        var settings = setting is null ? [] : new[] { KeyValuePair.Create(setting[..setting.IndexOf('=')], setting[(setting.IndexOf('=') + 1)..]) };
        var program = ShippedModels.Load(model)!.Compile(new CompileRequest("tiny", [.. settings])).Value!;
        using var golden = GoldenCase.Open(_folder.Path);
        return CaseText.Of(program, MediaTokens.Of(program, _ => Image), golden, "", pixels is null ? null : TorchSharp.torch.zeros(pixels))!;
    }

    private static string Show(CaseRow row) => $"{string.Join(' ', row.Ids)} | {string.Join(' ', row.Labels!)}";
}
