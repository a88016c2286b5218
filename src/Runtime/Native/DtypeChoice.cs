using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Native;

/// <summary>The floating-point type that a user's words "auto", "f32", "bf16" or "f16" mean on a device.</summary>
public static class DtypeChoice
{
    /// <summary>
    /// Reads a type; "float32", "bfloat16", "float16", "fp32" and "fp16" are other names. "auto" is bf16 where <paramref name="device"/>
    /// has instructions for it, otherwise f32.
    /// </summary>
    public static Choice<ScalarType> Parse(string text, Device device, HostFacts host)
    {
        var onCpu = device.type == DeviceType.CPU;
        return text.ToLowerInvariant() switch
        {
            "auto" => Automatic(device, host),
            "f32" or "float32" or "fp32" => Choice<ScalarType>.Of(ScalarType.Float32),
            "bf16" or "bfloat16" => Choice<ScalarType>.Of(ScalarType.BFloat16),
            "f16" or "float16" or "fp16" or "half" => onCpu
                ? Choice<ScalarType>.Refused($"dtype '{text}' is not offered on the CPU: LibTorch computes it about 300 times slower than bf16 there; choose bf16 or f32")
                : Choice<ScalarType>.Of(ScalarType.Float16),
            _ => Choice<ScalarType>.Refused($"unknown dtype '{text}': expected auto, f32{(onCpu ? " or bf16" : ", bf16 or f16")}"),
        };
    }

    /// <summary>The short name of a type, as <see cref="Parse"/> reads it: "f32", "bf16", "f16".</summary>
    public static string NameOf(ScalarType dtype) => dtype switch
    {
        ScalarType.Float32 => "f32",
        ScalarType.BFloat16 => "bf16",
        ScalarType.Float16 => "f16",
        _ => dtype.ToString().ToLowerInvariant(),
    };

    private static Choice<ScalarType> Automatic(Device device, HostFacts host)
    {
        if (device.type == DeviceType.CPU)
            return host.Bfloat16Instructions is [var instructions, ..]
                ? Choice<ScalarType>.Of(ScalarType.BFloat16, $"auto: the CPU has {instructions}")
                : Choice<ScalarType>.Of(ScalarType.Float32, "auto: the CPU has no bf16 instructions");
        var facts = host.CudaDevices.FirstOrDefault(cuda => cuda.Index == Math.Max(device.index, 0));
        return facts is { HasBfloat16: true }
            ? Choice<ScalarType>.Of(ScalarType.BFloat16, $"auto: {facts.Name} computes bf16")
            : Choice<ScalarType>.Of(ScalarType.Float32, $"auto: {facts?.Name ?? device.ToString()} is not known to compute bf16");
    }
}
