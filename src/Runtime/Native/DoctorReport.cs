using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using TorchSharp;

namespace Mllm.Runtime.Native;

/// <summary>Everything about this machine and installation that decides whether, where and how fast a model runs.</summary>
/// <param name="Version">mllmc's version.</param>
/// <param name="Runtime">The .NET runtime, for instance ".NET 10.0.1".</param>
/// <param name="Torch">How loading LibTorch went.</param>
/// <param name="TorchThreads">Threads that LibTorch computes with; null when it is not loaded.</param>
/// <param name="Devices">The devices that LibTorch can use, each with the outcome of a small computation on it.</param>
/// <param name="Device">What "auto" means for the device here; null when LibTorch is not loaded.</param>
/// <param name="Dtype">What "auto" means for the dtype on that device; null when LibTorch is not loaded.</param>
public sealed record DoctorReport(
    string Version,
    string Runtime,
    HostFacts Host,
    TorchLibraryReport Torch,
    int? TorchThreads,
    IReadOnlyList<DeviceCheck> Devices,
    string? Device,
    string? Dtype)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Whether models can run: LibTorch is loaded and computes correctly on every device.</summary>
    public bool IsHealthy => Devices.Count > 0 && Devices.All(device => device.Problem is null);

    /// <summary>Examines this machine: loads LibTorch and computes a little on every device. Reports failures, throws none.</summary>
    public static DoctorReport Examine()
    {
        var host = HostFacts.Measure();
        var report = TorchLibrary.Report;
        var version = typeof(DoctorReport).Assembly.GetName().Version?.ToString(3) ?? "?";
        if (report.Remedy is LibstdcxxRemedy.Failed)
            return new(version, RuntimeInformation.FrameworkDescription, host, report, null, [], null, null);
        var device = DeviceSelection.Parse("auto").Value ?? torch.CPU;
        var cuda = Enumerable.Range(0, DeviceSelection.CudaDevices(report)).Select(index => new torch.Device(DeviceType.CUDA, index));
        return new(
            version,
            RuntimeInformation.FrameworkDescription,
            host,
            report,
            torch.get_num_threads(),
            [.. cuda.Prepend(torch.CPU).Select(DeviceCheck.Of)],
            device.ToString(),
            DtypeChoice.NameOf(DtypeChoice.Parse("auto", device, host).Value));
    }

    /// <summary>The report for a terminal: a line or two for each subject.</summary>
    public string ToText() => DoctorText.Of(this);

    /// <summary>The report as a JSON object; sizes are in bytes.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);
}

/// <summary>Whether LibTorch computes a small bfloat16 product correctly on a device; <paramref name="Problem"/> is null when it does.</summary>
public sealed record DeviceCheck(string Device, string? Problem)
{
    internal static DeviceCheck Of(torch.Device device)
    {
        try
        {
            // Small whole numbers are exact in bfloat16: [1 2] . [3 4] = 11.
            using var scope = torch.NewDisposeScope();
            var left = torch.tensor(new float[] { 1, 2 }, [1, 2], dtype: torch.bfloat16, device: device);
            var right = torch.tensor(new float[] { 3, 4 }, [2, 1], dtype: torch.bfloat16, device: device);
            var product = left.mm(right).to(torch.float32).cpu().item<float>();
            return new(device.ToString(), product == 11 ? null : $"[1 2] . [3 4] in bf16 gave {product} instead of 11");
        }
        catch (ExternalException error)
        {
            return new(device.ToString(), error.Message);
        }
    }
}
