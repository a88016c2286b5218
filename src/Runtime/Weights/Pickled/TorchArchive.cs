using System.Text;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// The format since version 1.6: a zip archive of <c>NAME/data.pkl</c>, the object; <c>NAME/data/KEY</c>, a storage each; and
/// <c>NAME/byteorder</c>.
/// </summary>
internal sealed class TorchArchive : ITorchContainer
{
    private const string ObjectName = "data.pkl";
    private readonly FileBytes file;
    private readonly ZipDirectory directory;
    private readonly string folder;

    private TorchArchive(FileBytes file, ZipDirectory directory, string folder)
    {
        (this.file, this.directory, this.folder) = (file, directory, folder);
        IsBigEndian = directory.Entries.GetValueOrDefault($"{folder}byteorder") is { Length: > 0 and < 16 } order && Text(order) switch
        {
            "little" => false,
            "big" => true,
            _ => throw new RefusedException(PickleErrors.BadArchive(file.Path, "its `byteorder` is neither `little` nor `big`")),
        };
        var entry = directory.Entries[folder + ObjectName];
        var start = directory.ContentOf(entry);
        Object = new Unpickler(new PickleInput(file, start, start + entry.Length)).Load();
    }

    public PickleValue Object { get; }

    public bool IsBigEndian { get; }

    /// <summary>Reads the archive's directory and its object.</summary>
    /// <exception cref="RefusedException">for whatever is wrong with it</exception>
    public static TorchArchive Read(FileBytes file)
    {
        var directory = ZipDirectory.Read(file);
        var objects = directory.Entries.Keys.Where(n => n == ObjectName || n.EndsWith("/" + ObjectName, StringComparison.Ordinal)).ToList();
        return objects switch
        {
            [var only] => new TorchArchive(file, directory, only[..^ObjectName.Length]),
            [] => throw new RefusedException(PickleErrors.NotTorch(file.Path, $"a zip archive of {IndexErrors.Count(directory.Entries.Count, "other file")}")),
            _ => throw new RefusedException(PickleErrors.NotTorch(file.Path, $"a zip archive with {objects.Count} files {ObjectName}")),
        };
    }

    public (long Start, long Length) Locate(PickleStorage storage)
    {
        if (!directory.Entries.TryGetValue($"{folder}data/{storage.Key}", out var entry))
            throw new RefusedException(PickleErrors.BadStorage(file.Path, storage.Key, "is not in the archive"));
        return (directory.ContentOf(entry), entry.Length);
    }

    private string Text(ZipEntry entry)
    {
        var bytes = new byte[entry.Length];
        file.Read(directory.ContentOf(entry), bytes);
        return Encoding.Latin1.GetString(bytes);
    }
}
