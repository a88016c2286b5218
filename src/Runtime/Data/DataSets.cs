namespace Mllm.Runtime.Data;

/// <summary>Opens data sets: JSON Lines, JSON lists and folders of pictures.</summary>
public static class DataSets
{
    /// <summary>The records of files (<c>.jsonl</c>, <c>.json</c>) and folders, one after the other.</summary>
    /// <exception cref="DataException">One cannot be read, or holds no record.</exception>
    public static IDataSet Open(IReadOnlyList<string> paths)
    {
        if (paths.Count == 0)
            throw new DataException("no data was named: expected .jsonl or .json files, or folders of pictures");
        IDataSet[] parts = [.. paths.Select(Open)];
        return parts is [var only] ? only : new ConcatenatedData(parts);
    }

    private static IDataSet Open(string path)
    {
        IDataSet data = Path.GetExtension(path).ToLowerInvariant() switch
        {
            _ when Directory.Exists(path) => PictureFolder.Open(path),
            _ when !File.Exists(path) => throw new DataException($"{path}: no such file or folder"),
            ".jsonl" or ".ndjson" => IndexedFile.Open(path, "JSON Lines", LineIndex.Of),
            ".json" => IndexedFile.Open(path, "a JSON list", ListIndex.Of),
            var other => throw new DataException($"{path}: data is .jsonl, .json or a folder of pictures, found '{other}'"),
        };
        return data.Count > 0 ? data : throw new DataException($"{path}: holds no record");
    }
}
