using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace Mllm.Runtime.Native;

/// <summary>Loads LibTorch, with the remedy for a libstdc++ that is older than TorchSharp's native library asks for.</summary>
public static class TorchLibrary
{
    private const string StandardLibrary = "libstdc++.so.6", Bindings = "libLibTorchSharp.so";

    private static readonly Lazy<TorchLibraryReport> Loaded = new(LoadNow, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>What was found and done; loads LibTorch when that has not been tried yet, and never throws for a failed load.</summary>
    public static TorchLibraryReport Report => Loaded.Value;

    /// <summary>Makes TorchSharp usable. Call it before the first use of TorchSharp; later calls, from any thread, cost nothing.</summary>
    /// <exception cref="TorchUnavailableException">LibTorch cannot be loaded here; the message says why and what to do.</exception>
    public static TorchLibraryReport Load() =>
        Report.Remedy is LibstdcxxRemedy.Failed(var reason) ? throw new TorchUnavailableException(reason) : Report;

    private static TorchLibraryReport LoadNow()
    {
        var clock = Stopwatch.StartNew();
        string? standardLibrary = null, highest = null;
        try
        {
            LibstdcxxRemedy remedy = new LibstdcxxRemedy.NotNeeded();
            if (OperatingSystem.IsLinux())
            {
                (standardLibrary, var versions) = FindStandardLibrary();
                highest = Highest(versions);
                if (FindBindings() is { } bindings && standardLibrary is not null) remedy = Remedy(bindings, versions, highest);
            }
            if (remedy is LibstdcxxRemedy.Failed) return new(null, null, remedy, standardLibrary, highest, clock.Elapsed.TotalSeconds);
            torch.InitializeDeviceType(DeviceType.CPU);
            var path = LoadedModules.PathOf(OperatingSystem.IsWindows() ? "torch_cpu" : "libtorch_cpu");
            return new(path, LibtorchVersion(), remedy, standardLibrary, highest, clock.Elapsed.TotalSeconds);
        }
        catch (Exception error) when (error is NotSupportedException or DllNotFoundException or BadImageFormatException
            or IOException or UnauthorizedAccessException or TypeInitializationException)
        {
            return new(null, null, new LibstdcxxRemedy.Failed($"LibTorch cannot be loaded: {error.Message}"), standardLibrary, highest, clock.Elapsed.TotalSeconds);
        }
    }

    private static LibstdcxxRemedy Remedy(string bindings, IReadOnlySet<string> versions, string? highest)
    {
        var bytes = File.ReadAllBytes(bindings);
        var image = ElfImage.Parse(bytes);
        var missing = VersionRemedy.Missing(image, StandardLibrary, versions);
        if (missing.Count == 0) return new LibstdcxxRemedy.NotNeeded();

        var names = string.Join(", ", missing.Select(need => need.Version));
        if (missing.Any(need => image.UsesVersion(need.Index)))
            return new LibstdcxxRemedy.Failed(
                $"{bindings} uses symbols of {names}, but the newest version in this system's {StandardLibrary} is {highest ?? "unknown"}. "
                + "Install a newer libstdc++ (GCC 13 or later).");

        // The copy lies apart from LibTorch. Libraries that are loaded already satisfy its dependencies by name.
        NativeLibrary.Load(Path.Combine(Path.GetDirectoryName(bindings)!, "libtorch.so"));
        return LoadCopy(VersionRemedy.Apply(bytes, missing), names);
    }

    private static LibstdcxxRemedy LoadCopy(byte[] patched, string versions)
    {
        if (NativeCopies.OfUser()?.TryKeep(Bindings, patched) is var (path, existed))
        {
            Redirect(NativeLibrary.Load(path));
            return existed ? new LibstdcxxRemedy.AlreadyApplied(versions, path) : new LibstdcxxRemedy.Applied(versions, path);
        }
        // No home directory that can be written: a folder that only this process knows, and that a loaded library no longer needs.
        var folder = Directory.CreateTempSubdirectory("mllmc-").FullName;
        try
        {
            var copy = Path.Combine(folder, Bindings);
            File.WriteAllBytes(copy, patched);
            Redirect(NativeLibrary.Load(copy));
            return new LibstdcxxRemedy.Applied(versions, null);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes TorchSharp's native calls go to the library behind <paramref name="handle"/>.</summary>
    /// <remarks>
    /// TorchSharp also loads the library by its name before the first call. The runtime then tries the original file, which the
    /// system refuses, and at last the bare name, which the system answers with the copy, as both have the same SONAME.
    /// </remarks>
    private static void Redirect(nint handle)
    {
        try
        {
            NativeLibrary.SetDllImportResolver(typeof(torch).Assembly, (name, _, _) => name == "LibTorchSharp" ? handle : 0);
        }
        catch (InvalidOperationException)
        {
            // Somebody else resolves for TorchSharp already; the bare name still leads to the copy.
        }
    }

    /// <summary>TorchSharp's native library as the runtime would find it; null leaves the search, and its message, to TorchSharp.</summary>
    internal static string? FindBindings()
    {
        var listed = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        return listed.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Append(AppContext.BaseDirectory)
            .Append(Path.Combine(AppContext.BaseDirectory, "runtimes", RuntimeInformation.RuntimeIdentifier, "native"))
            .Select(folder => Path.Combine(folder, Bindings))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>The libstdc++ that this process uses, and the versions it defines. The runtime itself needs one, so it is loaded already.</summary>
    private static (string? Path, IReadOnlySet<string> Versions) FindStandardLibrary()
    {
        if (LoadedModules.PathOf(StandardLibrary) is null) NativeLibrary.TryLoad(StandardLibrary, out _);
        var path = LoadedModules.PathOf(StandardLibrary);
        return (path, path is null ? new HashSet<string>() : ElfImage.Parse(File.ReadAllBytes(path)).VersionDefinitions().ToHashSet());
    }

    /// <summary>LibTorch's version as its makers write it: TorchSharp appends a fourth number that is its package's.</summary>
    private static string LibtorchVersion() => Version.TryParse(torch.__version__, out var version) ? version.ToString(3) : torch.__version__;

    private static string? Highest(IEnumerable<string> versions) =>
        versions.Where(version => version.StartsWith("GLIBCXX_3", StringComparison.Ordinal))
            .MaxBy(version => Version.Parse(version["GLIBCXX_".Length..]));
}
