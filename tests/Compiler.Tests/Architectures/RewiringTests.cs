using System.Text.RegularExpressions;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>Bridge and injection are independent choices: a new hybrid is one changed statement of a shipped file.</summary>
public partial class RewiringTests
{
    [Theory]
    [InlineData("tiny-paper", false)]
    // OpenFlamingo's resampler keeps the encoder's width, and a prefix must have the language model's.
    [InlineData("tiny", true)]
    public void Flamingo_with_its_media_as_a_prefix(string variant, bool keepsWidth)
    {
        (string, string)[] overrides = keepsWidth ? [("width", $"{Width(ShippedFiles.Load("architectures/flamingo.mllm").Compile(variant))}")] : [];
        var before = ShippedFiles.Load("architectures/flamingo.mllm").Compile(variant, overrides);
        var after = Edited("architectures/flamingo.mllm", "inject vision.features |> resampler into llm as prefix", "").Compile(variant, overrides);
        Assert.Equal(InjectionForm.Woven, Assert.Single(before.Injections).Form);
        Assert.Equal(InjectionForm.Prefix, Assert.Single(after.Injections).Form);
        Assert.Null(after.Injections[0].Placeholder);
        Assert.Empty(GraphVerifier.Verify(after.Graph));
        // Only the gated blocks are gone; what was trained still is.
        Assert.Equal(Paths(before, c => c != "llm.injected"), Paths(after, _ => true));
        Assert.Equal(before.Stages.Single().Trained.Intersect(Paths(after, _ => true)), after.Stages.Single().Trained);
    }

    [Theory]
    [InlineData("preceding_image")]
    [InlineData("previous_images")]
    [InlineData("all_images")]
    public void Llava_with_gated_cross_attention(string rule)
    {
        var before = ShippedFiles.Load("architectures/llava.mllm").Compile("tiny");
        var after = Edited("architectures/llava.mllm",
            $"inject vision.features |> projector into llm.layers[every 2 from 1] before as gated_cross_attention(llm.dim) attending {rule}", "import \"std/cross_attention.mllm\"\n").Compile("tiny");
        var injection = Assert.Single(after.Injections);
        Assert.Equal((InjectionForm.Woven, rule), (injection.Form, injection.Rule));
        Assert.Equal("llm.model.layers.1 llm.model.layers.3", string.Join(' ', injection.Joins));
        Assert.Equal(before.Injections[0].Tokens, injection.Tokens);
        Assert.Empty(GraphVerifier.Verify(after.Graph));
        Assert.Equal(Paths(before, _ => true), Paths(after, c => c != "llm.injected"));
        // One block: two layer norms, four projections of 8 heads of 64 (one of them for keys and values), two gates, and the feed-forward network.
        const long inner = 8 * 64;
        var dim = Width(before);
        Assert.Equal(2 * (4 * dim + 4 * dim * inner + 2 + 8 * dim * dim),
            after.Graph.Parameters.Where(p => p.Component == "llm.injected").Sum(p => p.Count.Value!.Value));
    }

    /// <summary>A shipped file with another inject statement.</summary>
    private static Compilation Edited(string path, string statement, string import)
    {
        var text = Repository.Read(path);
        Assert.Single(Inject().Matches(text));
        return ShippedFiles.Load(path, import + Inject().Replace(text, $"  {statement}\n\n"));
    }

    /// <summary>The language model's width: that of its embedding.</summary>
    private static long Width(ModelProgram program) => program.Graph.Parameters.First(p => p.Path.EndsWith("embed_tokens.weight", StringComparison.Ordinal)).Shape[1].Value!.Value;

    private static IEnumerable<string> Paths(ModelProgram program, Func<string, bool> ofComponent) => program.Graph.Parameters.Where(p => ofComponent(p.Component)).Select(p => p.Path);

    /// <summary>The statement and the empty line after it.</summary>
    [GeneratedRegex(@"^  inject .*?\n\n", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Inject();
}
