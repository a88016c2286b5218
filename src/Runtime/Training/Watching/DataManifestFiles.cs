using System.Security.Cryptography;
using System.Text;

namespace Mllm.Runtime.Training.Watching;

/// <summary>Data as the manifest knows them, measured on disk.</summary>
public static class DataManifestFiles
{
    /// <summary>Measures a file or a folder.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="root">The folder that its path in the manifest starts from.</param>
    /// <param name="samples">Records in it.</param>
    /// <exception cref="IOException">if it cannot be read</exception>
    public static DataManifest Of(string path, string root, long samples)
    {
        if (!Directory.Exists(path))
            return new DataManifest(HashedFile.RelativePath(path, root), samples, new FileInfo(path).Length, HashedFile.Of(path, root).Sha256);
        // A folder of pictures can have gigabytes: its names and sizes tell it from another, as the lengths of an archive's index would.
        var files = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Select(f => (Name: Path.GetRelativePath(path, f).Replace('\\', '/'), new FileInfo(f).Length))
            .OrderBy(f => f.Name, StringComparer.Ordinal).ToList();
        var list = string.Concat(files.Select(f => FormattableString.Invariant($"{f.Name}\t{f.Length}\n")));
        return new DataManifest(
            HashedFile.RelativePath(path, root), samples, files.Sum(f => f.Length), Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(list))));
    }
}
