namespace Mllm.Cli.Tests;

/// <summary>Files of the repository, and files that a test writes.</summary>
internal static class Files
{
    public static string Root { get; } = FindRoot();

    public static string Smallest => Path.Combine(Root, "tests/cases/valid/smallest.mllm");

    public static string Architecture(string name) => Path.Combine(Root, "architectures", name + ".mllm");

    /// <summary>A file of this text in a folder of its own.</summary>
    public static string Written(string text, string name = "a.mllm")
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("mllmc-test-").FullName, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "MllmDsl.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException($"no MllmDsl.sln above {AppContext.BaseDirectory}");
    }
}
