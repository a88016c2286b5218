namespace Mllm.Runtime.Training.Watching;

/// <summary>Files that are there in whole or in their last state, whenever the process ends.</summary>
internal static class WholeFile
{
    /// <exception cref="IOException">if it cannot be written; the file is then as it was</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var partial = $"{path}.{Path.GetRandomFileName()}.partial";
        try
        {
            using (var stream = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                stream.Write(content);
                stream.Flush(flushToDisk: true);
            }
            File.Move(partial, path, overwrite: true);
        }
        finally
        {
            File.Delete(partial);
        }
    }
}
