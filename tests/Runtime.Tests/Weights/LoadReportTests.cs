using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>What a load would do, decided from headers: the lists, the text a person reads, and the JSON.</summary>
public class LoadReportTests
{
    // A small decoder with two layers: path and shape.
    private static readonly string[] Model =
    [
        "llm.embed 8x4",
        .. from layer in Enumerable.Range(0, 4)
           from part in (string[])["q_proj.weight 4x4", "k_proj.weight 4x4", "norm.weight 4"]
           select $"llm.model.layers.{layer}.{part}",
        "llm.head.weight 8x4",
        "projector.weight 4x3",
        "projector.bias 4",
    ];

    [Fact]
    public void EverythingInItsPlace()
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, Model.Select(m => m.Replace(' ', '/')), "", "");

        Assert.True(report.IsComplete && report.IsExact);
        Assert.Empty(report.Errors);
        Assert.Equal(Model.Select(m => m.Split(' ')[0]), report.Loaded.Select(l => l.Path));
        Assert.Equal("""
            checkpoint model.safetensors: 16 tensors, 896 bytes, 1 file
              loaded       16 of 16 parameters (F32 16)
              missing      0
              wrong shape  0
              wrong dtype  0
              unexpected   0
              ignored      0
            """, folder.Anonymous(report.ToText()));
    }

    [Fact]
    public void EachKindOfTroubleHasItsGroup()
    {
        using var folder = new TemporaryFolder();
        string[] changed =
        [
            .. Model.Select(m => m.Replace(' ', '/')).Where(t => !t.Contains("k_proj") && !t.Contains(".3.q") && !t.Contains("projector.w")),
            "projector.weight/3x4",
            "llm.model.layers.0.k_proj.weight/4x4/I32",
            "llm.model.layers.1.k_proj.weight/4x4/I32",
            "llm.model.layers.2.k_proj.weight/16",
            .. from i in Enumerable.Range(0, 6) select $"vision.blocks.{i}.norm/5",
            "vision.blocks.9.norm/5",
            "vision.blocks.9.other/5",
            .. from i in Enumerable.Range(0, 4) select $"llm.model.layers.{i}.rotary.inv_freq/2",
        ];
        var report = Check(folder, changed, "", "llm.model.layers.*.rotary.inv_freq\nllm.unused.*");

        Assert.False(report.IsComplete);
        Assert.Equal("""
            checkpoint model.safetensors: 26 tensors, 960 bytes, 1 file
              loaded       10 of 16 parameters (F32 10)
              missing      2
              wrong shape  2
              wrong dtype  2
              unexpected   8
              ignored      4

            missing:
              llm.model.layers.3.q_proj.weight  [4, 4]
              llm.model.layers.3.k_proj.weight  [4, 4]

            wrong shape:
              llm.model.layers.2.k_proj.weight  expected [4, 4], found [16] (as many elements)
              projector.weight  expected [4, 3], found [3, 4] (transposed)

            wrong dtype:
              llm.model.layers.{0..1}.k_proj.weight  expected floating point, found I32  (2)

            unexpected:
              vision.blocks.{0..5,9}.norm  F32 [5]  (7)
              vision.blocks.9.other  F32 [5]

            note: nothing had to be ignored for `llm.unused.*`
            """, folder.Anonymous(report.ToText()));
        Assert.Equal(["MLLM6040", "MLLM6042", "MLLM6043", "MLLM6041"], report.Errors.Select(e => e.Code));
        Assert.Equal("""
            error[MLLM6042]: 2 tensors of the checkpoint have another shape than the model's parameters
              --> model.safetensors
               = found: `llm.model.layers.2.k_proj.weight` [16]
               = expected: [4, 4] for `llm.model.layers.2.k_proj.weight`
            """, folder.Anonymous(report.Errors[1].Render()));
    }

    [Fact]
    public void AGroupStandsForExactlyItsMembers()
    {
        // Not a full grid: layer 1 lacks expert 1. `layers.{0..2}.experts.{0..1}` would claim a tensor that does not exist.
        string[] there = ["0.experts.0", "0.experts.1", "1.experts.0", "2.experts.0", "2.experts.1", "2.experts.007"];
        using var folder = new TemporaryFolder();
        var report = Check(folder, [.. Model.Select(m => m.Replace(' ', '/')), .. there.Select(t => $"layers.{t}/2")], "", "");

        Assert.EndsWith("""
            unexpected:
              layers.{0,2}.experts.{0..1}  F32 [2]  (4)
              layers.1.experts.0  F32 [2]
              layers.2.experts.007  F32 [2]
            """, report.ToText());
    }

    [Fact]
    public void ARenamedPrefixIsReportedOnce()
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, Model.Select(m => m.Replace(' ', '/').Replace("llm.model.", "llm.transformer.")), "", "");

        Assert.Equal("""
            checkpoint model.safetensors: 16 tensors, 896 bytes, 1 file
              loaded       4 of 16 parameters (F32 4)
              missing      12
              wrong shape  0
              wrong dtype  0
              unexpected   12
              ignored      0

            help: all 12 missing tensors match unexpected ones if the prefix `llm.model.` is replaced by `llm.transformer.`
            """, folder.Anonymous(report.ToText()));
    }

    // how the checkpoint's names differ | the hints
    public static TheoryData<string, string, string> Renames => new()
    {
        { "llm.", "", "all 14 missing tensors match unexpected ones if the prefix `llm.` is removed" },
        { "llm.", "base.llm.", "all 14 missing tensors match unexpected ones if `base.` is put in front of their names" },
        { "projector.", "", "all 2 missing tensors match unexpected ones if the prefix `projector.` is removed" },
        { "q_proj", "wq", "all 4 missing tensors match unexpected ones if the prefix `llm.model.layers.*.q_proj.` is replaced by `llm.model.layers.*.wq.`" },
        { "llm.head", "llm.lm_head", "" },
        { ".q_proj", ".attention.q_proj", "all 4 missing tensors match unexpected ones if the prefix `llm.model.layers.*.` is replaced by `llm.model.layers.*.attention.`" },
    };

    [Theory]
    [MemberData(nameof(Renames))]
    public void RenamesAreFound(string from, string to, string hint)
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, Model.Select(m => m.Replace(' ', '/').Replace(from, to)), "", "");
        Assert.Equal(hint, report.Renames.IsEmpty ? "" : report.Renames[0].Sentence(report.Missing.Length));
    }

    [Fact]
    public void SeveralRenamesAndTheRest()
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, Model.Select(m => m.Replace(' ', '/')
            .Replace("llm.model.", "text.").Replace("projector.", "connector.proj.").Replace("llm.head.", "llm.lm_head.").Replace("llm.embed", "zzz")), "", "");

        Assert.EndsWith("""
            help: 12 of 16 missing tensors match unexpected ones if the prefix `llm.model.` is replaced by `text.`

            help: 2 of 16 missing tensors match unexpected ones if the prefix `projector.` is replaced by `connector.proj.`

            missing:
              llm.embed  [8, 4]
              llm.head.weight  [8, 4]
                the checkpoint has llm.lm_head.weight
              besides the 14 that a renamed prefix explains

            unexpected:
              llm.lm_head.weight  F32 [8, 4]
              zzz  F32 [8, 4]
              besides the 14 that a renamed prefix explains
            """, report.ToText());
    }

    [Fact]
    public void AMapSaysWhatWasLookedFor()
    {
        using var folder = new TemporaryFolder();
        var checkpoint = Model.Select(m => m.Replace(' ', '/').Replace("llm.", "lang.").Replace("lang.head", "lang.lm_head"));
        var report = Check(folder, checkpoint, "llm -> lang", "");

        Assert.EndsWith("""
            missing:
              llm.head.weight  [8, 4]
                looked for lang.head.weight; the checkpoint has lang.lm_head.weight

            unexpected:
              lang.lm_head.weight  F32 [8, 4]
            """, report.ToText());
    }

    [Fact]
    public void LongListsAreCut()
    {
        using var folder = new TemporaryFolder();
        var extra = Enumerable.Range(1, 30).Select(i => $"{new string('x', i)}.a/2");
        var report = Check(folder, [.. Model.Select(m => m.Replace(' ', '/')), .. extra], "", "");

        Assert.EndsWith("  xxxx.a  F32 [2]\n  and 26 more in 26 groups", report.ToText(mostGroups: 4));
        Assert.Equal(30, report.Unexpected.Length);
    }

    [Fact]
    public void ATensorMayBeReadTwice()
    {
        using var folder = new TemporaryFolder();
        var report = LoadPlan.FromHeaders([Expected("a 2"), Expected("b 2")],
            CheckpointMap.Create([new("b", "a")]).Value!, [], CheckpointSource.Open(folder.PutTensors("model.safetensors", "a BF16 2")).Value!);

        Assert.True(report.IsExact);
        Assert.Contains("note: `a` is read for a, b", report.ToText());
    }

    [Fact]
    public void IgnoringATensorDoesNotHideItFromAParameter()
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, Model.Select(m => m.Replace(' ', '/')), "", "llm.*");
        Assert.True(report.IsComplete);
        Assert.Empty(report.Ignored);
        Assert.Equal("llm.*", Assert.Single(report.IdleIgnores));
    }

    [Theory]
    [InlineData("llm", "original: 16, hf: 2")]
    [InlineData("language_model", "original: 2, hf: 16")]
    public void TheMapThatFitsIsChosen(string prefix, string scores)
    {
        using var folder = new TemporaryFolder();
        using var source = Open(folder, Model.Select(m => m.Replace(' ', '/').Replace("llm.", prefix + ".")));
        NamedMap[] maps =
        [
            new("original", CheckpointMap.Identity, []),
            new("hf", CheckpointMap.Create([new("llm", "language_model")]).Value!, []),
        ];
        var report = BestMap.Choose([.. Model.Select(Expected)], maps, source);

        Assert.True(report.IsExact);
        Assert.Equal(prefix == "llm" ? "original" : "hf", report.Map);
        Assert.Equal(scores, string.Join(", ", report.Tried.Select(t => $"{t.Map}: {t.Loaded}")));
        Assert.Contains($"  named as     {report.Map} ({(prefix == "llm" ? "hf" : "original")} fits 2)\n", report.ToText());
    }

    [Fact]
    public void JsonListsEverything()
    {
        using var folder = new TemporaryFolder();
        var report = Check(folder, ["llm.embed/8x4", "projector.weight/3x4", "projector.bias/4/I64", "odd/2", "left/2"], "", "left");
        using var json = JsonDocument.Parse(report.ToJson());
        var root = json.RootElement;

        Assert.Equal((1, 13, 1, 1, 1, 1), (Count("loaded"), Count("missing"), Count("wrong_shape"), Count("wrong_dtype"), Count("unexpected"), Count("ignored")));
        foreach (var list in (string[])["loaded", "missing", "wrong_shape", "wrong_dtype", "unexpected", "ignored"])
            Assert.Equal(Count(list), root.GetProperty(list).GetArrayLength());
        Assert.False(root.GetProperty("complete").GetBoolean());
        Assert.Equal("""{"path":"projector.weight","name":"projector.weight","dtype":"F32","shape":[3,4],"file":"model.safetensors","expected":[4,3]}""",
            folder.Anonymous(JsonSerializer.Serialize(root.GetProperty("wrong_shape")[0])));

        int Count(string list) => root.GetProperty("counts").GetProperty(list).GetInt32();
    }

    private static LoadReport Check(TemporaryFolder folder, IEnumerable<string> checkpoint, string rules, string ignore)
    {
        using var source = Open(folder, checkpoint);
        return LoadPlan.FromHeaders([.. Model.Select(Expected)], CheckpointMap.Create(CheckpointMapTests.Rules(rules)).Value!,
            [.. ignore.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(i => IgnorePattern.Parse(i).Value!)], source);
    }

    // name/shape or name/shape/dtype
    private static CheckpointSource Open(TemporaryFolder folder, IEnumerable<string> checkpoint) =>
        CheckpointSource.Open(folder.PutTensors("model.safetensors", checkpoint.Select(t => t.Split('/'))
            .Select(t => $"{t[0]} {(t.Length > 2 ? t[2] : "F32")} {t[1]}"))).Value!;

    private static ExpectedTensor Expected(string text) =>
        new(text.Split(' ')[0], [.. text.Split(' ')[1].Split('x').Select(long.Parse)]);
}
