using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Native;

/// <summary>Writes a <see cref="DoctorReport"/> for a terminal.</summary>
internal static class DoctorText
{
    private const int LabelWidth = 12;

    public static string Of(DoctorReport report)
    {
        var text = new StringBuilder();
        Line(text, "mllmc", $"{report.Version} on {report.Runtime}, {report.Host.OperatingSystem}");
        Line(text, "libtorch", Libtorch(report.Torch));
        if (Libstdcxx(report.Torch) is { } libstdcxx) Line(text, "libstdc++", libstdcxx);
        Line(text, "processor", Processor(report));
        Line(text, "bf16", report.Host.Bfloat16Instructions is [_, ..] sets ? $"{string.Join(", ", sets)} instructions" : "no instructions: emulated, slow");
        Line(text, "memory", $"{Size(report.Host.Memory.Total)}{(report.Host.Memory.LimitedByContainer ? " (container limit)" : "")}, "
            + $"{Size(report.Host.Memory.Available)} available");
        foreach (var device in report.Devices)
            Line(text, "device", $"{device.Device}: {device.Problem ?? "computes"}");
        foreach (var gpu in report.Host.CudaDevices)
            Line(text, "gpu", Gpu(gpu, report.Torch.BuiltForCuda));
        if (report.Device is not null) Line(text, "auto", $"--device auto is {report.Device}, --dtype auto is {report.Dtype}");
        Line(text, "verdict", report.IsHealthy ? "models can run here" : "models cannot run here");
        return text.ToString();
    }

    private static string Libtorch(TorchLibraryReport torch) => torch.Remedy is LibstdcxxRemedy.Failed(var reason)
        ? $"not loaded. {reason}"
        : string.Create(CultureInfo.InvariantCulture,
            $"{torch.LibtorchVersion} for {(torch.BuiltForCuda ? "CUDA" : "CPU")}, {torch.LibtorchPath} (loaded in {torch.LoadSeconds:0.00} s)");

    private static string? Libstdcxx(TorchLibraryReport torch)
    {
        if (torch.LibstdcxxPath is null) return null;
        var found = $"{torch.HighestGlibcxx}, {torch.LibstdcxxPath}";
        return torch.Remedy switch
        {
            LibstdcxxRemedy.NotNeeded => $"{found}; no remedy needed",
            LibstdcxxRemedy.Applied(var version, var path) => $"{found}; lacks {version}: remedy applied{(path is null ? " for this start only" : $", {path}")}",
            LibstdcxxRemedy.AlreadyApplied(var version, var path) => $"{found}; lacks {version}: remedy applied before, {path}",
            _ => found,
        };
    }

    private static string Processor(DoctorReport report)
    {
        var host = report.Host;
        var cores = host.Cores is { } known ? $"{known} cores, " : "";
        var torch = report.TorchThreads is { } threads ? $"; LibTorch computes with {threads}" : "";
        return $"{host.Processor ?? "unknown"}: {cores}{host.Threads} threads{torch}";
    }

    private static string Gpu(CudaDeviceFacts gpu, bool usable)
    {
        var free = gpu.FreeMemory is { } known ? $", {Size(known)} free" : "";
        var hint = usable ? "" : "; not used, as this build's LibTorch is for the CPU: build with TorchBackend=cuda";
        return $"cuda:{gpu.Index} {gpu.Name} (compute {gpu.CapabilityMajor}.{gpu.CapabilityMinor}), {Size(gpu.TotalMemory)}{free}{hint}";
    }

    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB");

    private static void Line(StringBuilder text, string label, string value) => text.Append(label.PadRight(LabelWidth)).Append(value).Append('\n');
}
