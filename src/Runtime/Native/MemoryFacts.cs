using System.Globalization;

namespace Mllm.Runtime.Native;

/// <summary>Main memory in bytes: what this process could have at most, and what it could take now without swapping.</summary>
/// <param name="Total">The machine's memory, or the container's limit where that is less.</param>
/// <param name="Available">What is free or can be freed at once (the file cache), within the container's limit.</param>
/// <param name="LimitedByContainer">Whether a control group sets <paramref name="Total"/>.</param>
public sealed record MemoryFacts(long Total, long Available, bool LimitedByContainer)
{
    /// <summary>Measures this machine now.</summary>
    public static MemoryFacts Measure()
    {
        if (OperatingSystem.IsLinux()) return OfLinux("/");
        var memory = GC.GetGCMemoryInfo(GCKind.Any);
        return new(memory.TotalAvailableMemoryBytes, Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes), false);
    }

    /// <summary>Reads /proc/meminfo and the control groups (version 1 and 2) of this process, below <paramref name="root"/>.</summary>
    internal static MemoryFacts OfLinux(string root)
    {
        var machine = File.ReadLines(Path.Combine(root, "proc/meminfo"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(words => words.Length > 1)
            .ToDictionary(words => words[0], words => 1024 * long.Parse(words[1], CultureInfo.InvariantCulture));
        var facts = new MemoryFacts(machine["MemTotal:"], machine["MemAvailable:"], false);
        foreach (var group in Groups(root))
        {
            if (Number(Path.Combine(group, "memory.max")) is { } limit2)
                facts = facts.Within(limit2, Number(Path.Combine(group, "memory.current")), Cached(group, "inactive_file"));
            if (Number(Path.Combine(group, "memory.limit_in_bytes")) is { } limit1)
                facts = facts.Within(limit1, Number(Path.Combine(group, "memory.usage_in_bytes")), Cached(group, "total_inactive_file"));
        }
        return facts;
    }

    /// <summary>These facts under one control group's limit. A limit above the machine's memory (version 1 has no other "none") limits nothing.</summary>
    private MemoryFacts Within(long limit, long? used, long cached)
    {
        var left = Math.Max(0, limit - Math.Max(0, (used ?? 0) - cached));
        return new(Math.Min(Total, limit), Math.Min(Available, left), LimitedByContainer || limit < Total);
    }

    /// <summary>The folders of this process's memory control group and of all groups above it, each of which may set a limit.</summary>
    private static IEnumerable<string> Groups(string root)
    {
        var membership = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(membership)) yield break;
        foreach (var line in File.ReadAllLines(membership))
        {
            // hierarchy:controllers:path; version 2 has hierarchy 0 and no controllers.
            var parts = line.Split(':', 3);
            if (parts.Length < 3) continue;
            var mount = (parts[0], parts[1]) switch
            {
                ("0", "") => "sys/fs/cgroup",
                (_, var controllers) when controllers.Split(',').Contains("memory") => "sys/fs/cgroup/memory",
                _ => null,
            };
            if (mount is null) continue;
            // In a container the path may be the host's and not exist here; the mount itself is then the container's group.
            var names = parts[2].Split('/', StringSplitOptions.RemoveEmptyEntries).Where(name => name != "..").ToArray();
            for (var depth = names.Length; depth >= 0; depth--)
                yield return Path.Combine([root, mount, .. names[..depth]]);
        }
    }

    private static long Cached(string group, string key)
    {
        var file = Path.Combine(group, "memory.stat");
        if (!File.Exists(file)) return 0;
        var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal));
        return line is null ? 0 : long.Parse(line.AsSpan(key.Length + 1), CultureInfo.InvariantCulture);
    }

    /// <summary>The number in a file; null where there is no such file or it says "max".</summary>
    private static long? Number(string file) =>
        File.Exists(file) && long.TryParse(File.ReadAllText(file).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number : null;
}
