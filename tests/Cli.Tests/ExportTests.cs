using Mllm.Runtime.Weights;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Cli.Tests;

public class ExportTests
{
    /// <summary>A model with two twins and a queue.</summary>
    private static readonly string Twins = Path.Combine(Files.Root, "tests/cases/twins/valid.mllm");

    private static readonly string From = RandomWeights.Write(Twins, Path.Combine(Path.GetDirectoryName(Files.Written(""))!, "model.safetensors"));

    [Theory]
    [InlineData("bf16", ScalarType.BFloat16)]
    [InlineData("f32", ScalarType.Float32)]
    [InlineData("f64", ScalarType.Float64)]
    [InlineData(null, ScalarType.Float32)]
    public void TensorsAreRoundedToTheTypeAskedFor(string? dtype, ScalarType expected)
    {
        var to = Export([.. dtype is null ? Array.Empty<string>() : ["--dtype", dtype]]);
        using var scope = NewDisposeScope();
        var (before, after) = (Tensors(From), Tensors(to));
        Assert.Equal(before.Keys.Order(StringComparer.Ordinal), after.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, tensor) in after)
        {
            Assert.Equal(expected, tensor.dtype);
            Assert.True(tensor.Equals(before[name].to(expected)), name);
        }
    }

    [Fact]
    public void WhatOnlyTrainingNeedsIsLeftOutForInference()
    {
        var to = Export("--inference");
        using var scope = NewDisposeScope();
        var (before, after) = (Tensors(From).Keys, Tensors(to).Keys);
        Assert.Equal(before.Where(n => n.Split('.')[0] is not ("vision_m" or "look_m" or "seen")).Order(StringComparer.Ordinal), after.Order(StringComparer.Ordinal));
        Assert.True(after.Count() < before.Count());
        // It is the model's all the same.
        Assert.Equal(0, Call.Of("weights", Twins, "--from", to).Code);
    }

    [Fact]
    public void TheFileSaysWhatItIsOf()
    {
        using var file = WeightsFile.Open(Export()).Value!;
        Assert.Equal([KeyValuePair.Create("model", "Reader"), KeyValuePair.Create("variant", "")], file.Metadata.AsEnumerable());
    }

    private static string Export(params string[] options)
    {
        var to = Path.Combine(Path.GetDirectoryName(Files.Written(""))!, "out.safetensors");
        var call = Call.Of(["export", Twins, "--from", From, "--out", to, .. options]);
        Assert.Equal((0, ""), (call.Code, call.Error));
        return to;
    }

    private static Dictionary<string, Tensor> Tensors(string path)
    {
        using var source = CheckpointSource.Open(path).Value!;
        using var reader = new TensorReader();
        return source.Tensors.Values.ToDictionary(t => t.Name, t => reader.Read(t, CPU));
    }
}
