using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Mllm.Runtime.Native;

/// <summary>What the processor says about itself.</summary>
internal static class ProcessorFacts
{
    /// <summary>Its name, or null.</summary>
    public static string? Name()
    {
        // CPUID leaves 0x80000002 to 0x80000004: 48 bytes of text.
        if (!X86Base.IsSupported || (uint)X86Base.CpuId(unchecked((int)0x80000000), 0).Eax < 0x80000004) return null;
        var text = new byte[48];
        for (var leaf = 0; leaf < 3; leaf++)
        {
            var (a, b, c, d) = X86Base.CpuId(unchecked((int)0x80000002) + leaf, 0);
            foreach (var (index, register) in new[] { a, b, c, d }.Index())
                BinaryPrimitives.WriteInt32LittleEndian(text.AsSpan(16 * leaf + 4 * index), register);
        }
        return Encoding.ASCII.GetString(text).Trim('\0', ' ') is { Length: > 0 } name ? name : null;
    }

    /// <summary>The bfloat16 instruction sets, best first, under their usual flag names.</summary>
    public static IReadOnlyList<string> Bfloat16Instructions()
    {
        if (X86Base.IsSupported && X86Base.CpuId(0, 0).Eax >= 7 && Avx512F.IsSupported)
        {
            // CPUID leaf 7: AMX-BF16 is EDX bit 22 of sub-leaf 0, AVX512_BF16 is EAX bit 5 of sub-leaf 1.
            var amx = (X86Base.CpuId(7, 0).Edx >> 22 & 1) != 0;
            var avx = X86Base.CpuId(7, 0).Eax >= 1 && (X86Base.CpuId(7, 1).Eax >> 5 & 1) != 0;
            return [.. amx ? ["amx_bf16"] : Array.Empty<string>(), .. avx ? ["avx512_bf16"] : Array.Empty<string>()];
        }
        if (OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.Arm64)
        {
            var features = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("Features", StringComparison.Ordinal)) ?? "";
            return features.Split(' ').Contains("bf16") ? ["bf16"] : [];
        }
        return [];
    }

    /// <summary>The physical cores among the processors that this process may run on; null where the system does not say.</summary>
    public static int? Cores()
    {
        const string key = "Cpus_allowed_list:";
        if (!OperatingSystem.IsLinux()) return null;
        var allowed = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
        if (allowed is null) return null;
        var cores = new HashSet<string>();
        foreach (var cpu in Numbers(allowed[key.Length..]))
        {
            var topology = $"/sys/devices/system/cpu/cpu{cpu}/topology";
            if (!File.Exists($"{topology}/core_id")) return null;
            cores.Add($"{File.ReadAllText($"{topology}/physical_package_id").Trim()}:{File.ReadAllText($"{topology}/core_id").Trim()}");
        }
        return Math.Min(cores.Count, Environment.ProcessorCount);
    }

    /// <summary>The numbers of a Linux list such as "0-3,8".</summary>
    internal static IEnumerable<int> Numbers(string list)
    {
        foreach (var part in list.Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            var ends = part.Split('-').Select(end => int.Parse(end, CultureInfo.InvariantCulture)).ToArray();
            for (var number = ends[0]; number <= ends[^1]; number++) yield return number;
        }
    }
}
