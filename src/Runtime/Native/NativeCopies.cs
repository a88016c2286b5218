using System.Security.Cryptography;

namespace Mllm.Runtime.Native;

/// <summary>The per-user folder that holds changed copies of native libraries, each in a folder named by its content.</summary>
internal sealed class NativeCopies(string root)
{
    /// <summary>The folder of the current user: below the local application data, outside every package cache and output folder.</summary>
    /// <returns>null for a user without a home directory.</returns>
    public static NativeCopies? OfUser()
    {
        var data = Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify);
        return data.Length > 0 ? new(Path.Combine(data, "mllmc", "native")) : null;
    }

    /// <summary>Makes sure that a file <paramref name="name"/> with exactly <paramref name="content"/> exists.</summary>
    /// <returns>Its path, and whether it was there already (a damaged copy is written anew); null when the folder cannot be written.</returns>
    public (string Path, bool Existed)? TryKeep(string name, ReadOnlySpan<byte> content)
    {
        try
        {
            return Keep(name, content);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private (string Path, bool Existed) Keep(string name, ReadOnlySpan<byte> content)
    {
        var folder = Path.Combine(root, Convert.ToHexStringLower(SHA256.HashData(content))[..16]);
        var path = Path.Combine(folder, name);
        if (File.Exists(path) && new FileInfo(path).Length == content.Length && content.SequenceEqual(File.ReadAllBytes(path)))
            return (path, true);
        Directory.CreateDirectory(folder);
        // Written beside and renamed: a process that starts meanwhile sees no file or the whole one, never a part.
        var unfinished = Path.Combine(folder, $"{name}.{Guid.NewGuid():n}");
        try
        {
            File.WriteAllBytes(unfinished, content);
            File.Move(unfinished, path, overwrite: true);
        }
        finally
        {
            File.Delete(unfinished);
        }
        return (path, false);
    }
}
