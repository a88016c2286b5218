using Mllm.Compiler;
using Mllm.Compiler.Text;

namespace Mllm.Cli;

/// <summary>Reads the file that was named on the command line and what it imports, which never lies outside that file's folder.</summary>
internal static class SourceFolder
{
    /// <summary>No text that a person wrote is longer; a file that was named by mistake (weights, a picture) is.</summary>
    private const long LongestFile = 16 << 20;

    /// <exception cref="Failure">The file cannot be read.</exception>
    public static Compilation Load(string path)
    {
        if (path.Length == 0)
            throw new Failure("the name of the file is empty");
        var root = Path.GetDirectoryName(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
        return Compilation.Load(
            Source(path),
            imported => Path.GetFullPath(imported) is var full && full.StartsWith(root, StringComparison.Ordinal) && File.Exists(full) ? Read(imported) : null);
    }

    /// <summary>A file's text under the name that the user gave it.</summary>
    /// <exception cref="Failure">The file cannot be read.</exception>
    public static SourceText Source(string path)
    {
        var shown = path.Replace('\\', '/');
        return new SourceText(shown.StartsWith("./", StringComparison.Ordinal) ? shown[2..] : shown, Read(path));
    }

    private static string Read(string path)
    {
        try
        {
            if (Directory.Exists(path))
                throw new Failure($"{path} is a folder") { Help = "name a .mllm file in it; `mllmc check` also takes folders" };
            if (new FileInfo(path) is { Exists: true, Length: > LongestFile and var length })
                throw new Failure($"{path} has {length >> 20} MiB; it is not a .mllm file");
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new Failure($"there is no file {path}") { Help = Near(path) };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{path} cannot be read: {e.Message}");
        }
    }

    private static string? Near(string path)
    {
        var folder = Path.GetDirectoryName(path) is { Length: > 0 } named ? named : ".";
        return Directory.Exists(folder)
            ? CommandLine.Arguments.DidYouMean(Path.GetFileName(path), Directory.EnumerateFiles(folder, "*.mllm").Select(f => Path.GetFileName(f)))
            : null;
    }
}
