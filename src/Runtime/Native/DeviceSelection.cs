using System.Globalization;
using TorchSharp;

namespace Mllm.Runtime.Native;

/// <summary>The device that a user's words "auto", "cpu", "cuda" or "cuda:N" mean on this machine.</summary>
public static class DeviceSelection
{
    private const string Accepted = "expected auto, cpu, cuda or cuda:N";

    /// <summary>Reads a device. "auto" is the first CUDA device where LibTorch can use one, otherwise the CPU. Loads LibTorch.</summary>
    /// <exception cref="TorchUnavailableException">LibTorch cannot be loaded here.</exception>
    public static Choice<torch.Device> Parse(string text)
    {
        var report = TorchLibrary.Load();
        return Parse(text, report.BuiltForCuda, CudaDevices(report));
    }

    /// <summary>How many CUDA devices the loaded LibTorch can use.</summary>
    internal static int CudaDevices(TorchLibraryReport report) =>
        report.BuiltForCuda && torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    internal static Choice<torch.Device> Parse(string text, bool builtForCuda, int cudaDevices)
    {
        var parts = text.ToLowerInvariant().Split(':');
        return parts switch
        {
            ["auto"] when cudaDevices > 0 => Choice<torch.Device>.Of(Cuda(0), "auto: a CUDA device is available"),
            ["auto"] => Choice<torch.Device>.Of(torch.CPU, "auto: no CUDA device is available"),
            ["cpu"] => Choice<torch.Device>.Of(torch.CPU),
            ["cuda"] => Existing(0),
            ["cuda", var number] when int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var index) => Existing(index),
            ["gpu", ..] => Choice<torch.Device>.Refused($"unknown device '{text}': {Accepted}; did you mean 'cuda'?"),
            _ => Choice<torch.Device>.Refused($"unknown device '{text}': {Accepted}"),
        };

        Choice<torch.Device> Existing(int index) => (builtForCuda, index < cudaDevices) switch
        {
            (_, true) => Choice<torch.Device>.Of(Cuda(index)),
            (false, _) => Choice<torch.Device>.Refused(
                $"device '{text}' was asked for, but mllmc was built with a LibTorch for the CPU only; build with TorchBackend=cuda, or choose cpu"),
            _ when cudaDevices == 0 => Choice<torch.Device>.Refused(
                $"device '{text}' was asked for, but no CUDA device is usable; 'mllmc doctor' shows what was found"),
            _ => Choice<torch.Device>.Refused(
                $"device '{text}' was asked for, but the CUDA devices here are cuda:0{(cudaDevices > 1 ? $" to cuda:{cudaDevices - 1}" : " alone")}"),
        };
    }

    private static torch.Device Cuda(int index) => new(DeviceType.CUDA, index);
}
