using System.Runtime.InteropServices;

namespace Mllm.Runtime.Native;

/// <summary>What this machine offers to a model. Measuring it does not load LibTorch.</summary>
/// <param name="OperatingSystem">For instance "Debian GNU/Linux 12 (bookworm)".</param>
/// <param name="Processor">The processor's own name; null where it does not say.</param>
/// <param name="Cores">Physical cores this process may use; null where that is not known (not Linux).</param>
/// <param name="Threads">Hardware threads this process may use, container limits included.</param>
/// <param name="Memory">Main memory, container limits included.</param>
/// <param name="Bfloat16Instructions">The CPU's bfloat16 instruction sets, best first; when empty, LibTorch emulates bf16.</param>
/// <param name="CudaDevices">NVIDIA GPUs as the driver lists them, whether or not this build's LibTorch can use them.</param>
public sealed record HostFacts(
    string OperatingSystem,
    string? Processor,
    int? Cores,
    int Threads,
    MemoryFacts Memory,
    IReadOnlyList<string> Bfloat16Instructions,
    IReadOnlyList<CudaDeviceFacts> CudaDevices)
{
    /// <summary>Measures this machine now. Takes milliseconds, or as long as the NVIDIA driver takes to start.</summary>
    public static HostFacts Measure() => new(
        $"{RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()})",
        ProcessorFacts.Name(),
        ProcessorFacts.Cores(),
        Environment.ProcessorCount,
        MemoryFacts.Measure(),
        ProcessorFacts.Bfloat16Instructions(),
        CudaDriver.Devices());
}

/// <summary>One NVIDIA GPU, with memory in bytes; <paramref name="FreeMemory"/> is null where the driver does not say.</summary>
public sealed record CudaDeviceFacts(int Index, string Name, int CapabilityMajor, int CapabilityMinor, long TotalMemory, long? FreeMemory)
{
    /// <summary>Whether its arithmetic units compute bfloat16: from compute capability 8.0 (Ampere) on.</summary>
    public bool HasBfloat16 => CapabilityMajor >= 8;
}
