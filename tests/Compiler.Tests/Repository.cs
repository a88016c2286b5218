namespace Mllm.Compiler.Tests;

/// <summary>The files of the repository that tests read, and rewrite when <c>MLLM_UPDATE=1</c>.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Whether expected texts are to be rewritten instead of compared: <c>MLLM_UPDATE=1 dotnet test</c>.</summary>
    public static bool IsUpdating => Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1";

    /// <summary>Paths relative to the root, with forward slashes, in order.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        var at = Path.Combine(Root, folder);
        return Directory.Exists(at)
            ? Directory.EnumerateFiles(at, pattern, SearchOption.AllDirectories)
                .Select(f => Path.GetRelativePath(Root, f).Replace('\\', '/'))
                .Where(f => !f.Split('/').Any(part => part is "bin" or "obj"))
                .Order(StringComparer.Ordinal)
            : [];
    }

    public static bool Exists(string path) => File.Exists(Path.Combine(Root, path));

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    public static void Write(string path, string text)
    {
        var full = Path.Combine(Root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    public static void Delete(string path) => File.Delete(Path.Combine(Root, path));

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MllmDsl.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"no MllmDsl.sln above {AppContext.BaseDirectory}");
    }
}
