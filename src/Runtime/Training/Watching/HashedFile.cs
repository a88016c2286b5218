using System.Security.Cryptography;
using System.Text;

namespace Mllm.Runtime.Training.Watching;

/// <summary>A file by a path that means something on another machine, and the SHA-256 of its bytes in lower-case hexadecimal.</summary>
public sealed record HashedFile(string Path, string Sha256)
{
    /// <summary>Reads and hashes a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="root">The folder that its path in the manifest starts from.</param>
    /// <exception cref="IOException">if it cannot be read</exception>
    public static HashedFile Of(string path, string root)
    {
        using var stream = File.OpenRead(path);
        return new HashedFile(RelativePath(path, root), Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>A text that is no file, such as a module of the embedded library.</summary>
    public static HashedFile OfText(string name, string text) => new(name, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))));

    /// <summary>
    /// A path from <paramref name="root"/> with slashes. What lies elsewhere is known by its last name alone: the folders above it are this machine's.
    /// </summary>
    public static string RelativePath(string path, string root)
    {
        var relative = System.IO.Path.GetRelativePath(root, path).Replace('\\', '/');
        var isElsewhere = System.IO.Path.IsPathRooted(relative) || relative == ".." || relative.StartsWith("../", StringComparison.Ordinal);
        return isElsewhere ? System.IO.Path.GetFileName(System.IO.Path.TrimEndingDirectorySeparator(path)) : relative;
    }
}
