using System.Text.Json;
using Mllm.Runtime.Native;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public sealed class HostFactsTests : IDisposable
{
    private const long MiB = 1 << 20;
    private readonly string root = Directory.CreateTempSubdirectory("mllm-host-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void This_machine_has_plausible_facts()
    {
        var host = HostFacts.Measure();
        Assert.Equal(Environment.ProcessorCount, host.Threads);
        Assert.InRange(host.Cores ?? 1, 1, host.Threads);
        Assert.InRange(host.Memory.Available, 1, host.Memory.Total);
    }

    [Theory]
    [InlineData("0", new[] { 0 })]
    [InlineData("\t0-3,8\n", new[] { 0, 1, 2, 3, 8 })]
    [InlineData("", new int[0])]
    public void Processor_lists_are_read(string text, int[] expected) => Assert.Equal(expected, ProcessorFacts.Numbers(text));

    [Fact]
    public void Without_control_groups_memory_is_the_machines()
    {
        Machine();
        Assert.Equal(new MemoryFacts(1000 * MiB, 800 * MiB, false), MemoryFacts.OfLinux(root));
    }

    [Fact]
    public void Version_2_limits_count_at_every_level_and_file_cache_is_available()
    {
        Machine();
        Write("proc/self/cgroup", "0::/user/job\n");
        Write("sys/fs/cgroup/user/job/memory.max", "max\n");
        Write("sys/fs/cgroup/user/memory.max", $"{500 * MiB}\n");
        Write("sys/fs/cgroup/user/memory.current", $"{400 * MiB}\n");
        Write("sys/fs/cgroup/user/memory.stat", $"anon 5\ninactive_file {300 * MiB}\n");
        Assert.Equal(new MemoryFacts(500 * MiB, 400 * MiB, true), MemoryFacts.OfLinux(root));
    }

    [Fact]
    public void Version_1_limits_are_found_at_the_mount_when_the_path_is_the_hosts()
    {
        Machine();
        Write("proc/self/cgroup", "5:cpu,cpuacct:/docker/ab\n4:memory:/docker/ab\n0::/\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", $"{600 * MiB}\n");
        Write("sys/fs/cgroup/memory/memory.usage_in_bytes", $"{100 * MiB}\n");
        Assert.Equal(new MemoryFacts(600 * MiB, 500 * MiB, true), MemoryFacts.OfLinux(root));
    }

    [Fact]
    public void A_limit_above_the_machines_memory_limits_nothing()
    {
        Machine();
        Write("proc/self/cgroup", "4:memory:/\n");
        Write("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
        Write("sys/fs/cgroup/memory/memory.usage_in_bytes", $"{100 * MiB}\n");
        Assert.Equal(new MemoryFacts(1000 * MiB, 800 * MiB, false), MemoryFacts.OfLinux(root));
    }

    [Fact]
    public void The_doctor_finds_this_machine_healthy_and_its_two_forms_agree()
    {
        var report = DoctorReport.Examine();
        Assert.True(report.IsHealthy, report.ToText());
        var json = JsonDocument.Parse(report.ToJson()).RootElement;
        var version = json.GetProperty("torch").GetProperty("libtorchVersion").GetString()!;
        Assert.Contains($"libtorch    {version} for ", report.ToText());
        Assert.Contains($"--device auto is {json.GetProperty("device").GetString()}", report.ToText());
        Assert.Equal(report.Host.Memory.Total, json.GetProperty("host").GetProperty("memory").GetProperty("total").GetInt64());
    }

    [Fact]
    public void The_doctor_says_what_to_do_when_LibTorch_cannot_be_loaded()
    {
        var failed = new TorchLibraryReport(null, null, new LibstdcxxRemedy.Failed("Install a newer libstdc++."), "/lib/libstdc++.so.6", "GLIBCXX_3.4.20", 0.1);
        var report = DoctorReport.Examine() with { Torch = failed, Devices = [], Device = null, Dtype = null };
        Assert.False(report.IsHealthy);
        Assert.Contains("libtorch    not loaded. Install a newer libstdc++.\n", report.ToText());
        Assert.Contains("\"outcome\": \"failed\"", report.ToJson());
    }

    private void Machine() => Write("proc/meminfo", "MemTotal: 1024000 kB\nMemFree: 1 kB\nMemAvailable: 819200 kB\n");

    private void Write(string path, string text)
    {
        var file = Path.Combine(root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }
}
