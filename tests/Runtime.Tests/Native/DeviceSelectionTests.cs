using Mllm.Runtime.Native;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public class DeviceSelectionTests
{
    public DeviceSelectionTests() => TorchLibrary.Load(); // A torch.Device is a native object.

    [Theory]
    [InlineData("auto", 0, "cpu")]
    [InlineData("auto", 2, "cuda:0")]
    [InlineData("cpu", 2, "cpu")]
    [InlineData("CPU", 0, "cpu")]
    [InlineData("cuda", 1, "cuda:0")]
    [InlineData("cuda:0", 1, "cuda:0")]
    [InlineData("cuda:1", 2, "cuda:1")]
    public void Accepted(string text, int cudaDevices, string expected)
    {
        var choice = DeviceSelection.Parse(text, builtForCuda: cudaDevices > 0, cudaDevices);
        Assert.True(choice.IsValid, choice.Problem);
        Assert.Equal(expected, choice.Value.ToString());
        Assert.NotEmpty(choice.Why);
    }

    [Theory]
    [InlineData("gpu", true, 1, "unknown device 'gpu': expected auto, cpu, cuda or cuda:N; did you mean 'cuda'?")]
    [InlineData("mps", true, 1, "unknown device 'mps': expected auto, cpu, cuda or cuda:N")]
    [InlineData("", true, 1, "unknown device '': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:", true, 1, "unknown device 'cuda:': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:-1", true, 1, "unknown device 'cuda:-1': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:0:1", true, 1, "unknown device 'cuda:0:1': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cpu:0", true, 1, "unknown device 'cpu:0': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda:99999999999", true, 1, "unknown device 'cuda:99999999999': expected auto, cpu, cuda or cuda:N")]
    [InlineData("cuda", false, 0, "device 'cuda' was asked for, but mllmc was built with a LibTorch for the CPU only; build with TorchBackend=cuda, or choose cpu")]
    [InlineData("cuda:1", true, 0, "device 'cuda:1' was asked for, but no CUDA device is usable; 'mllmc doctor' shows what was found")]
    [InlineData("cuda:1", true, 1, "device 'cuda:1' was asked for, but the CUDA devices here are cuda:0 alone")]
    [InlineData("cuda:7", true, 4, "device 'cuda:7' was asked for, but the CUDA devices here are cuda:0 to cuda:3")]
    public void Refused(string text, bool builtForCuda, int cudaDevices, string problem) =>
        Assert.Equal(problem, DeviceSelection.Parse(text, builtForCuda, cudaDevices).Problem);

    [Fact]
    public void Auto_gives_a_device_that_works_here()
    {
        var choice = DeviceSelection.Parse("auto");
        Assert.True(choice.IsValid);
        using var ones = torch.ones(3, device: choice.Value);
        Assert.Equal(3f, ones.sum().cpu().item<float>());
    }
}
