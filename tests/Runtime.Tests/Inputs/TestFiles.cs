using Xunit.Abstractions;

namespace Mllm.Runtime.Tests.Inputs;

/// <summary>Where tests find pictures, their own data, and the shared references.</summary>
internal static class TestFiles
{
    public static string Root { get; } = FindRoot();

    public static string Data(string path) => Path.Combine(Root, "tests/Runtime.Tests/Inputs/Data", path);

    public static string Picture(string name) => Path.Combine(Root, "architectures/pictures", name);

    /// <summary>A shared reference's path, or null (and a line in the test's output) where this checkout has none.</summary>
    public static string? Golden(string path, ITestOutputHelper output)
    {
        string folder = Environment.GetEnvironmentVariable("MLLM_GOLDEN") ?? Path.Combine(Root, "../shared/golden");
        string full = Path.Combine(folder, path);
        if (File.Exists(full) || Directory.Exists(full))
        {
            return full;
        }

        output.WriteLine($"SKIPPED: no {full}");
        return null;
    }

    private static string FindRoot()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "MllmDsl.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new InvalidOperationException("the tests run outside of the repository");
    }
}
