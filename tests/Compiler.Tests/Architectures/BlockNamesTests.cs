using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>What blocks say about their members' names in released weights stands below the name that a block around them, or the model, gives.</summary>
public class BlockNamesTests
{
    private const string Text = """
        import "std/llama.mllm"
        import "std/projector.mllm"

        block inner(dim: int) {
          map = linear(dim, dim) at "a.map"
          checkpoint { map: "weights", ignore: ["steps"] }
          fn forward(x: [n, dim]) -> [n, dim] { return map(x) }
        }
        block outer(dim: int) {
          stem  = conv2d(3, dim, kernel: 8, stride: 8)
          parts = [for i in 0..2: inner(dim)] at "list"
          last  = inner(dim)
          checkpoint "released" { parts: "blocks", last: "end", stem.bias: "stem_bias" }
          fn forward(pixels: [3, 64, 64]) -> [64, dim] {
            x = rearrange(stem(pixels), "d h w -> (h w) d")
            for part in parts { x = part(x) }
            return last(x)
          }
        }
        model M() {
          encoder vision = outer(32)
          bridge  join   = mlp_projector(32, 96)
          decoder llm    = llama(96, depth: 2, heads: 6, vocab: 320)
          inject vision |> join into llm as prefix
          checkpoint "released" { vision: "tower", vision.last: "tail", ignore: ["more"] }
          checkpoint "other"    { vision: "", llm: "" }
          variant tiny = M()
        }
        """;

    [Fact]
    public void Names_nest_and_those_of_the_model_win()
    {
        var released = ShippedFiles.Load("model.mllm", Text).Compile("tiny").Checkpoints.Single(c => c.Name == "released");
        Assert.Equal(["vision = tower", "vision.last = tail", "vision.last.a.map = tail.weights", "vision.list = tower.blocks", "vision.list.*.a.map = tower.blocks.*.weights",
            "vision.stem.bias = tower.stem_bias"], released.Rules.Select(r => $"{r.Key} = {r.Value}").Order(StringComparer.Ordinal));
        Assert.Equal(["llm.model.layers.*.self_attn.rotary_emb.inv_freq", "more", "tail.steps", "tower.blocks.*.steps"], released.Ignore.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_section_without_a_name_applies_with_every_map()
    {
        var other = ShippedFiles.Load("model.mllm", Text).Compile("tiny").Checkpoints.Single(c => c.Name == "other");
        Assert.Equal(["llm = ", "vision = ", "vision.last.a.map = last.weights", "vision.list.*.a.map = list.*.weights"],
            other.Rules.Select(r => $"{r.Key} = {r.Value}").Order(StringComparer.Ordinal));
        Assert.Contains("model.layers.*.self_attn.rotary_emb.inv_freq", other.Ignore);
    }
}
