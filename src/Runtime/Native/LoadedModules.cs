using System.Diagnostics;

namespace Mllm.Runtime.Native;

/// <summary>The shared libraries that this process has mapped.</summary>
internal static class LoadedModules
{
    /// <summary>The full path of the first mapped library whose file name starts with <paramref name="fileName"/>, or null.</summary>
    public static string? PathOf(string fileName)
    {
        if (!OperatingSystem.IsLinux())
            return Process.GetCurrentProcess().Modules.Cast<ProcessModule>()
                .FirstOrDefault(module => module.ModuleName.StartsWith(fileName, StringComparison.OrdinalIgnoreCase))?.FileName;
        foreach (var line in File.ReadLines("/proc/self/maps"))
        {
            var slash = line.IndexOf('/', StringComparison.Ordinal);
            if (slash >= 0 && Path.GetFileName(line.AsSpan(slash)).StartsWith(fileName, StringComparison.Ordinal)) return line[slash..];
        }
        return null;
    }
}
