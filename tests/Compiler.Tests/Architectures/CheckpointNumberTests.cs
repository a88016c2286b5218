using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>Checkpoints that count woven blocks by themselves, not by the layers that they stand at.</summary>
public class CheckpointNumberTests
{
    [Fact]
    public void A_hash_is_the_number_of_a_woven_block()
    {
        var program = ShippedFiles.Program("architectures/later/idefics.mllm", "tiny");
        Assert.Equal(
            [("llm.model.layers.0.idefics_gated_layer", "model.gated_cross_attn_layers.0"), ("llm.model.layers.2.idefics_gated_layer", "model.gated_cross_attn_layers.1")],
            program.Checkpoints.Single().Rules.Where(r => r.Value.Contains("gated")).Select(r => (r.Key, r.Value)));
    }
}
