using Mllm.Runtime.Tests.Inputs;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>
/// Every folder of shared references that a shipped model can read. They lie beside the repository (or where MLLM_GOLDEN says); a checkout without them
/// says so, and is tested by <see cref="ReferenceTests"/>.
/// </summary>
public class GoldenTests(ITestOutputHelper output)
{
    private const string None = "none";

    /// <summary>What must be among them.</summary>
    private static readonly string[] Required =
    [
        "blip2_opt", "blip2_stage1", "blip2_t5", "blip_caption", "blip_retrieval", "blip_vqa", "block_clip_vision", "block_gpt2", "block_gpt_neox", "block_llama", "block_opt",
        "block_t5", "flamingo_frames", "flamingo_llama", "flamingo_neox", "flamingo_opt", "idefics", "llava", "llava_v1_linear", "minigpt4", "minigpt4_hf", "mplug_owl",
        "mplug_owl_lora",
    ];

    private static string Root { get; } = Environment.GetEnvironmentVariable("MLLM_GOLDEN") ?? Path.Combine(TestFiles.Root, "../shared/golden");

    public static TheoryData<string> Folders => Directory.Exists(Root)
        ? [.. Directory.EnumerateDirectories(Root).Where(d => File.Exists(Path.Combine(d, "model.safetensors")) && Verification.ModelFor(d) is not null).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [None];

    [Theory]
    [MemberData(nameof(Folders))]
    public void Agrees(string folder)
    {
        if (IsThere())
            Verification.Passes(Verification.ModelFor(Path.Combine(Root, folder))!, Path.Combine(Root, folder));
    }

    [Fact]
    public void The_shipped_models_read_what_they_must()
    {
        if (IsThere())
            Assert.Empty(Required.Except(((IEnumerable<object[]>)Folders).Select(f => (string)f[0])));
    }

    private bool IsThere()
    {
        if (Directory.Exists(Root))
            return true;
        output.WriteLine($"SKIPPED: no {Root}");
        return false;
    }
}
