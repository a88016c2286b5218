using Mllm.Runtime.Tests.Weights.Pickled;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Which files are a checkpoint: one file, an index with its shards, or a folder.</summary>
public class CheckpointSourceTests
{
    private const string TwoShards = """{"metadata":{"total_size":20},"weight_map":{"a":"s1.safetensors","c":"s1.safetensors","b":"s2.safetensors"}}""";

    [Fact]
    public void AnIndexJoinsItsShards()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("s1.safetensors", "a F32 2", "c F16 2");
        folder.PutTensors("s2.safetensors", "b F32 2");
        var index = folder.Put("model.safetensors.index.json", TwoShards);

        foreach (var path in (string[])[index, folder.Path])
        {
            using var source = CheckpointSource.Open(path).Value!;
            Assert.Equal(["a", "b", "c"], source.Tensors.Keys);
            Assert.Equal("s2.safetensors", Path.GetFileName(source.Tensors["b"].File.Path));
            Assert.Equal(20, source.TensorBytes);
        }
    }

    [Fact]
    public void ShardsMayStandInFoldersBelowTheIndex()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("part/one.safetensors", "a F32 2");
        using var source = CheckpointSource.Open(folder.Put("m.safetensors.index.json", """{"weight_map":{"a":"part/one.safetensors"}}""")).Value!;
        Assert.Equal(["a"], source.Tensors.Keys);
    }

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("../outside.safetensors")]
    [InlineData("a/../../outside.safetensors")]
    [InlineData("./s1.safetensors")]
    [InlineData("a//b.safetensors")]
    [InlineData("C:\\\\x.safetensors")]
    [InlineData("C:x.safetensors")]
    [InlineData("..\\\\outside.safetensors")]
    [InlineData("a\\u0000.safetensors")]
    [InlineData("")]
    public void AShardOutsideTheFolderIsRefused(string shard)
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("s1.safetensors", "a F32 2");
        var result = CheckpointSource.Open(folder.Put("m.safetensors.index.json", $$$"""{"weight_map":{"a":"{{{shard}}}"}}"""));
        Assert.Equal("MLLM6021", Assert.Single(result.Errors).Code);
    }

    public static TheoryData<string, string> BrokenIndices => new()
    {
        { "[]", "it is an array" },
        { "{}", "`weight_map` is missing" },
        { """{"weight_map":[]}""", "`weight_map` is an array" },
        { """{"weight_map":{}}""", "names no tensor" },
        { """{"weight_map":{"a":1}}""", "the shard of `a` is a number" },
        { """{"weight_map":{"a":"x.safetensors","a":"y.safetensors"}}""", "holds `a` twice" },
        { """{"weight_map":{"a":"x.safetensors"},"weight_map":{}}""", "holds `weight_map` twice" },
        { """{"weight_map":{"a":"x.safetensors"}""", "" },
        { "", "" },
    };

    [Theory]
    [MemberData(nameof(BrokenIndices))]
    public void ABrokenIndexIsRefused(string json, string says)
    {
        using var folder = new TemporaryFolder();
        var error = CheckpointSource.Open(folder.Put("m.safetensors.index.json", json)).Errors[0];
        Assert.Equal("MLLM6020", error.Code);
        Assert.Contains(says, error.Message);
    }

    [Fact]
    public void WhatTheIndexPromisesMustBeThere()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("s1.safetensors", "a F32 2");
        folder.Put("model.safetensors.index.json", TwoShards);
        Assert.Equal("""
            error[MLLM6022]: the shard `s2.safetensors` is missing
              --> model.safetensors.index.json
               = found: no such file beside the index
               = expected: a file with 1 tensor of the checkpoint
            """, folder.Anonymous(Assert.Single(CheckpointSource.Open(folder.Path).Errors).Render()));

        folder.PutTensors("s2.safetensors", "b F32 2");
        Assert.Equal("""
            error[MLLM6023]: the shard `s1.safetensors` does not hold 1 tensor that the index places there
              --> model.safetensors.index.json
               = found: without c
            """, folder.Anonymous(Assert.Single(CheckpointSource.Open(folder.Path).Errors).Render()));
    }

    [Fact]
    public void AHostileShardIsReportedByItsOwnName()
    {
        using var folder = new TemporaryFolder();
        folder.PutTensors("s1.safetensors", "a F32 2", "c F32 2");
        folder.Put("s2.safetensors", TemporaryFolder.FileOf("{", 0));
        folder.Put("model.safetensors.index.json", TwoShards);
        var error = Assert.Single(CheckpointSource.Open(folder.Path).Errors);
        Assert.Equal(("MLLM6004", folder["s2.safetensors"]), (error.Code, error.File));
    }

    // files of the folder | the checkpoint's tensors, or the error
    public static TheoryData<string, string> Folders => new()
    {
        { "model.safetensors:a inputs.safetensors:b", "a" },
        { "weights.safetensors:a", "a" },
        { "projector.safetensors:a llm.safetensors:b", "MLLM6026 llm.safetensors, projector.safetensors" },
        { "m-00001-of-00002.safetensors:a m-00002-of-00002.safetensors:b", "a b" },
        { "m-00001-of-00003.safetensors:a m-00003-of-00003.safetensors:b", "MLLM6027 m-00002-of-00003.safetensors" },
        { "x-00001-of-00002.safetensors:a x-00002-of-00002.safetensors:a", "MLLM6024 x-00001-of-00002.safetensors" },
        { "m-00001-of-00002.safetensors:a m-00002-of-00002.safetensors:b other.safetensors:c", "MLLM6026 m-*-of-00002.safetensors, other.safetensors" },
        { "model.safetensors:a model.safetensors.index.json:a=s1.safetensors s1.safetensors:a", "MLLM6026 model.safetensors, model.safetensors.index.json" },
        { "model.safetensors:a model.safetensors.index.json:a=model.safetensors", "a" },
        { "consolidated.safetensors:a model.safetensors.index.json:b=s1.safetensors s1.safetensors:b", "b" },
        { "a.safetensors.index.json:a=s.safetensors b.safetensors.index.json:a=s.safetensors s.safetensors:a", "MLLM6026 b.safetensors.index.json" },
        { "", "MLLM6025 no weight files" },
        { "tf_model.h5:a config.txt:b", "MLLM6025 tf_model.h5" },
        { "optimizer.pt:a training_args.bin:b", "MLLM6025 no weight files" },
        { "model.safetensors:a pytorch_model.bin:b", "a" },
        { "pytorch_model.bin:a other.bin:b x.safetensors:c", "a" },
        { "x.bin:a training_args.bin:b optimizer.pt:c scheduler.pt:d rng_state_0.pth:e", "a" },
        { "x.pt:a", "a" },
        { "x.pth:a", "a" },
        { "x.pth:a y.bin:b", "MLLM6026 x.pth, y.bin" },
        { "x.bin:a y.safetensors:b", "MLLM6026 x.bin, y.safetensors" },
        { "pytorch_model-00001-of-00002.bin:a pytorch_model-00002-of-00002.bin:b", "a b" },
        { "pytorch_model-00001-of-00002.bin:a", "MLLM6027 pytorch_model-00002-of-00002.bin" },
        { "pytorch_model.bin.index.json:a=s1.bin s1.bin:a other.bin:b", "a" },
        { "pytorch_model.bin.index.json:b=s1.bin s1.bin:a", "MLLM6023 s1.bin" },
        { "pytorch_model.bin:a pytorch_model.bin.index.json:b=s.bin s.bin:b", "MLLM6026 pytorch_model.bin, pytorch_model.bin.index.json" },
        { "model.safetensors.index.json:a=s.safetensors s.safetensors:a pytorch_model.bin.index.json:b=t.bin t.bin:b", "a" },
        { "adapter_model.safetensors:a adapter_config.json:x=y other.bin:b", "a" },
        { "adapter_model.bin:a", "a" },
        { "model.safetensors:a adapter_model.safetensors:b", "a" },
    };

    [Theory]
    [MemberData(nameof(Folders))]
    public void AFolderIsOneCheckpointOrAnError(string files, string outcome)
    {
        using var folder = new TemporaryFolder();
        foreach (var file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, content) = (file.Split(':')[0], file.Split(':')[1]);
            if (name.EndsWith(".json", StringComparison.Ordinal))
                folder.Put(name, $$$"""{"weight_map":{"{{{content.Split('=')[0]}}}":"{{{content.Split('=')[1]}}}"}}""");
            else if (CheckpointFolder.IsPickled(name))
                folder.Put(name, PickleWriter.File(PickleWriter.Dict((content, PickleWriter.Tensor(PickleWriter.Storage("Float", "0", 2), 0, PickleWriter.Ints(2), PickleWriter.Ints(1))))));
            else folder.PutTensors(name, $"{content} F32 2");
        }
        var result = CheckpointSource.Open(folder.Path);
        if (result.Ok)
        {
            using var source = result.Value;
            Assert.Equal(outcome, string.Join(' ', source.Tensors.Keys));
        }
        else
        {
            var error = Assert.Single(result.Errors);
            Assert.Equal(outcome.Split(' ')[0], error.Code);
            Assert.Contains(outcome[9..], error.Render());
        }
    }

    [Fact]
    public void OtherFormatsAreNamed()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal("MLLM6028", Assert.Single(CheckpointSource.Open(folder.Put("m.gguf", "x")).Errors).Code);
        Assert.Equal("MLLM6001", Assert.Single(CheckpointSource.Open(folder["absent"]).Errors).Code);
        Assert.Equal("MLLM6001", Assert.Single(CheckpointSource.Open(folder["absent.safetensors.index.json"]).Errors).Code);
    }
}
