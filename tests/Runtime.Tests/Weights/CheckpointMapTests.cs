using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>How rules name parameters, which rule wins, and which rules are refused.</summary>
public class CheckpointMapTests
{
    private const string Flamingo = """
        vision                        -> vision_encoder
        resampler                     -> perceiver
        llm                           -> lang_encoder
        llm.model.layers.*            -> lang_encoder.@.decoder_layer
        llm.model.layers.*.injected   -> lang_encoder.model.layers.*.gated_cross_attn_layer
        """;

    private const string Projector = """
        projector            -> model.mm_projector
        projector.linear_1   -> model.mm_projector.0
        projector.linear_2   -> model.mm_projector.2
        llm                  ->
        """;

    private const string Specific = """
        a.*.c   -> one.*
        a.b.*   -> two.*
        a.b     -> three
        a.*.*   -> four.@
        *       -> five.*
        """;

    private const string Everything = """
        -> checkpoint
        """;

    [Theory]
    [InlineData(Flamingo, "llm.model.embed_tokens.weight", "lang_encoder.model.embed_tokens.weight")]
    [InlineData(Flamingo, "llm.model.layers.3.self_attn.q_proj.weight", "lang_encoder.model.layers.3.decoder_layer.self_attn.q_proj.weight")]
    [InlineData(Flamingo, "llm.model.layers.11.injected.ff.1.weight", "lang_encoder.model.layers.11.gated_cross_attn_layer.ff.1.weight")]
    [InlineData(Flamingo, "resampler.latents", "perceiver.latents")]
    [InlineData(Flamingo, "visionary.x", "visionary.x")]
    [InlineData(Flamingo, "vision", "vision_encoder")]
    [InlineData(Projector, "projector.weight", "model.mm_projector.weight")]
    [InlineData(Projector, "projector.linear_1.bias", "model.mm_projector.0.bias")]
    [InlineData(Projector, "projector.linear_12.bias", "model.mm_projector.linear_12.bias")]
    [InlineData(Projector, "llm.lm_head.weight", "lm_head.weight")]
    [InlineData(Projector, "other.weight", "other.weight")]
    [InlineData(Specific, "a.b.c.w", "two.c.w")]
    [InlineData(Specific, "a.x.c.w", "one.x.w")]
    [InlineData(Specific, "a.x.y.w", "four.x.y.w")]
    [InlineData(Specific, "a.b", "three")]
    [InlineData(Specific, "a.x", "five.a.x")]
    [InlineData(Everything, "a.b", "checkpoint.a.b")]
    [InlineData("llm -> x.@", "llm.a", "x.a")]
    [InlineData("llm.* -> @.block", "llm.7.w", "7.block.w")]
    public void APathHasOneName(string rules, string path, string name) =>
        Assert.Equal(name, CheckpointMap.Create(Rules(rules)).Value!.NameOf(path));

    [Fact]
    public void TheOrderOfRulesDoesNotMatter()
    {
        var map = CheckpointMap.Create(Rules(Specific).Reverse()).Value!;
        Assert.Equal(["a.b.*", "a.*.c", "a.*.*", "a.b", "*"], map.Rules.Select(r => r.From));
        Assert.Equal("two.c.w", map.NameOf("a.b.c.w"));
    }

    [Fact]
    public void WithoutRulesNamesStay() => Assert.Equal("llm.w", CheckpointMap.Identity.NameOf("llm.w"));

    [Theory]
    [InlineData("a..b -> x", "MLLM6030", "in `a..b`, it has an empty segment")]
    [InlineData("a -> x.", "MLLM6030", "in `x.`, it has an empty segment")]
    [InlineData("a.layer* -> x", "MLLM6030", "the segment `layer*` is neither a name nor `*`")]
    [InlineData("a -> x.*", "MLLM6030", "`x.*` has 1 `*`, `a` gives 0")]
    [InlineData("a.* -> x", "MLLM6030", "loses what a `*` of `a.*` stands for")]
    [InlineData("*.b -> x.@", "MLLM6030", "loses what a `*`")]
    [InlineData("a -> x@y", "MLLM6030", "`@` must be a segment of its own")]
    [InlineData("a -> x\na -> y", "MLLM6031", "two checkpoint rules name `a`")]
    public void ARuleThatCannotBeAppliedIsRefused(string rules, string code, string says)
    {
        var error = Assert.Single(CheckpointMap.Create(Rules(rules)).Errors);
        Assert.Equal(code, error.Code);
        Assert.Contains(says, error.Message);
    }

    [Theory]
    [InlineData("model.image_newline", "model.image_newline", true)]
    [InlineData("model.image_newline", "model.image_newline.x", false)]
    [InlineData("model.image_newline", "model", false)]
    [InlineData("model.vision_tower.*", "model.vision_tower.a", true)]
    [InlineData("model.vision_tower.*", "model.vision_tower.a.b.c", true)]
    [InlineData("model.vision_tower.*", "model.vision_tower", false)]
    [InlineData("model.vision_tower.*", "model.vision_tower_2.a", false)]
    [InlineData("layers.*.inv_freq", "layers.3.inv_freq", true)]
    [InlineData("layers.*.inv_freq", "layers.3.x.inv_freq", false)]
    [InlineData("layers.*.rotary.*", "layers.3.rotary.a.b", true)]
    [InlineData("*", "anything.at.all", true)]
    public void AnIgnorePatternCoversWholeNames(string pattern, string name, bool covers) =>
        Assert.Equal(covers, IgnorePattern.Parse(pattern).Value!.Matches(name));

    [Theory]
    [InlineData("")]
    [InlineData("a..b")]
    [InlineData("a.b*")]
    public void AMalformedIgnorePatternIsRefused(string pattern) =>
        Assert.Equal("MLLM6032", Assert.Single(IgnorePattern.Parse(pattern).Errors).Code);

    internal static IEnumerable<MapRule> Rules(string text) =>
        text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.Split("->", StringSplitOptions.TrimEntries))
            .Select(sides => new MapRule(sides[0], sides[1]));
}
