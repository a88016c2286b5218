using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Tests.Weights.Pickled;
using Mllm.Runtime.Weights;
using Xunit;
using static Mllm.Runtime.Tests.Weights.Pickled.PickleWriter;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>A model out of several checkpoints, and the names that libraries put around a tensor's own.</summary>
public class CheckpointSourcesTests
{
    private static readonly ExpectedTensor[] Model =
    [
        new("vision.patch.weight", [4, 3]), new("vision.norm.weight", [4]),
        new("bridge.proj.weight", [2, 4]), new("bridge.proj.bias", [2]),
        new("lm.embed.weight", [8, 2]), new("lm.head.weight", [8, 2]),
    ];

    // Three ways of naming: the whole model's, that of the language model alone, that of the encoder and an older bridge.
    private static readonly NamedMap[] Maps =
    [
        new("whole", CheckpointMap.Create([new("lm", "llama_model"), new("bridge.proj", "llama_proj"), new("vision", "visual_encoder")]).Value!, []),
        new("language model", CheckpointMap.Create([new("lm", "model")]).Value!, []),
        new("encoder", CheckpointMap.Create([new("vision", "encoder"), new("bridge.proj", "opt_proj")]).Value!, [IgnorePattern.Parse("queue").Value!]),
    ];

    [Fact]
    public void EachCheckpointFollowsItsOwnMapAndTheLastOneWins()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("lm.safetensors", "model.embed.weight F32 8x2", "model.head.weight F32 8x2");
        folder.PutTensors("encoder.safetensors", "encoder.patch.weight F16 4x3", "encoder.norm.weight F16 4", "opt_proj.weight F32 2x4", "opt_proj.bias F32 2", "queue F32 9");
        folder.Put("trained.pth", PickleWriter.File(Dict(("epoch", Int(3)), ("model", Dict(
            ("module.llama_proj.weight", Tensor(Storage("Float", "0", 8), 0, Ints(2, 4), Ints(4, 1))),
            ("module.llama_proj.bias", Tensor(Storage("Float", "0", 8), 0, Ints(2), Ints(1)))))), floats: 8));
        using var sources = CheckpointSources.Open([folder["lm.safetensors"], folder["encoder.safetensors"], folder["trained.pth"]]).Value!;
        var report = BestMap.Choose(Model, Maps, sources);

        Assert.True(report.IsExact, report.ToText());
        Assert.Equal(Model.Select(m => m.Path), report.Loaded.Select(l => l.Path));
        Assert.Equal("trained.pth", Path.GetFileName(report.Loaded[2].Tensor.File.Path));
        Assert.Equal("""
            checkpoint lm.safetensors, encoder.safetensors, trained.pth: 9 tensors, 276 bytes, 3 files
              from         lm.safetensors: lm 2, named as language model (whole fits 0, encoder fits 0)
              from         encoder.safetensors: vision 2, named as encoder (whole fits 0, language model fits 0); 2 that a later one gives
              from         trained.pth: bridge 2, named as whole (language model fits 0, encoder fits 0)
              loaded       6 of 6 parameters (F32 4, F16 2)
              missing      0
              wrong shape  0
              wrong dtype  0
              unexpected   0
              ignored      1

            note: beside the tensors the files hold epoch (an integer)
            """, folder.Anonymous(report.ToText()));
        using var json = JsonDocument.Parse(report.ToJson());
        Assert.Equal("""{"source":"encoder.safetensors","map":"encoder","overridden":2,"components":[{"component":"vision","parameters":2}]}""",
            folder.Anonymous(JsonSerializer.Serialize(json.RootElement.GetProperty("parts")[1])));
    }

    [Fact]
    public void ALaterTensorThatDoesNotFitIsNotReplacedByAnEarlierOne()
    {
        using var folder = new TemporaryFolder();
        using var sources = CheckpointSources.Open(
        [
            folder.PutTensors("all.safetensors", Model.Skip(1).Select(m => $"{m.Path} F32 {string.Join('x', m.Shape)}")),
            folder.PutTensors("new.safetensors", "bridge.proj.bias F32 3"),
        ]).Value!;
        var report = BestMap.Choose(Model, [new("own", CheckpointMap.Identity, [])], sources);

        Assert.Equal(["bridge.proj.bias"], report.WrongShapes.Select(w => w.Path));
        Assert.Equal([("vision.patch.weight", "vision.patch.weight")], report.Missing.Select(m => (m.Path, m.Name)));
        Assert.Equal(["MLLM6040", "MLLM6042"], report.Errors.Select(e => e.Code));
    }

    [Fact]
    public void OneCheckpointAmongSeveralThatCannotBeOpenedIsTheError()
    {
        using var folder = new TemporaryFolder();
        var result = CheckpointSources.Open([folder.PutTensors("a.safetensors", "a F32 2"), folder["absent.pt"], folder.Put("b.pth", "text")]);
        Assert.Equal(["MLLM6001", "MLLM6053"], result.Errors.Select(e => e.Code));
    }

    [Fact]
    public void ComparingReadsNoTensor()
    {
        const int floats = 100_000;
        using var folder = new TemporaryFolder();
        using var sources = CheckpointSources.Open(
        [
            folder.PutTensors("a.safetensors", $"lm.embed.weight F32 {floats}"),
            folder.Put("b.pt", PickleWriter.File(Dict(("lm.head.weight", Tensor(Storage("Float", "0", floats), 0, Ints(floats), Ints(1)))), floats)),
        ]).Value!;
        var report = BestMap.Choose([new("lm.embed.weight", [floats]), new("lm.head.weight", [floats])], [new("own", CheckpointMap.Identity, [])], sources);

        Assert.True(report.IsExact, report.ToText());
        Assert.All(sources.All, s => Assert.InRange(s.Files[0].BytesRead, 1, 2000));
    }

    // the checkpoint's names | what is looked for | what is found
    [Theory]
    [InlineData("module.a.weight", "a.weight", "module.a.weight")]
    [InlineData("a.weight module.a.weight", "a.weight", "a.weight")]
    [InlineData("a.weight", "module.a.weight", "a.weight")]
    [InlineData("base_model.model.a.weight", "a.weight", "base_model.model.a.weight")]
    [InlineData("module.base_model.model.a.weight", "a.weight", "module.base_model.model.a.weight")]
    [InlineData("base_model.model.q.lora_A.default.weight", "q.lora_A.weight", "base_model.model.q.lora_A.default.weight")]
    [InlineData("q.lora_B.weight", "base_model.model.q.lora_B.default.weight", "q.lora_B.weight")]
    [InlineData("base_model.model.q.base_layer.weight base_model.model.q.lora_A.weight", "q.weight", "base_model.model.q.base_layer.weight")]
    [InlineData("head.original_module.weight head.modules_to_save.default.weight", "head.weight", "head.modules_to_save.default.weight")]
    [InlineData("module.a module.module.a", "a", "")]
    [InlineData("module.a", "module", "")]
    [InlineData("a.default.weight", "a.weight", "")]
    public void WhatLibrariesPutAroundNamesIsSeenThrough(string names, string wanted, string found)
    {
        using var folder = new TemporaryFolder();
        using var source = CheckpointSource.Open(folder.PutTensors("x.safetensors", names.Split(' ').Select(n => $"{n} F32 2"))).Value!;
        Assert.Equal(found, source.Find(wanted)?.Name ?? "");
    }
}
