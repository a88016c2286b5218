using System.Collections.Immutable;

namespace Mllm.Runtime.Data;

/// <summary>A folder of pictures, each with its caption in a text file of the same name; ordered by name, so that the order is equal everywhere.</summary>
internal sealed class PictureFolder : IDataSet
{
    private static readonly HashSet<string> Extensions = new([".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"], StringComparer.OrdinalIgnoreCase);

    private readonly string[] _pictures;

    private PictureFolder(string folder, string[] pictures)
    {
        _pictures = pictures;
        Describe = $"{folder} ({pictures.Length} pictures with captions)";
    }

    public int Count => _pictures.Length;

    public string Describe { get; }

    /// <summary>The folder's <c>metadata.jsonl</c> where it has one, else its pictures, those of folders inside of it too.</summary>
    /// <exception cref="DataException">It cannot be read, or holds neither.</exception>
    public static IDataSet Open(string folder)
    {
        var metadata = Path.Combine(folder, "metadata.jsonl");
        if (File.Exists(metadata))
            return IndexedFile.Open(metadata, "JSON Lines", LineIndex.Of);
        try
        {
            string[] files = [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)];
            string[] pictures = [.. files.Where(f => Extensions.Contains(Path.GetExtension(f))).OrderBy(f => f, StringComparer.Ordinal)];
            if (pictures.Any(p => File.Exists(CaptionOf(p))))
                return new PictureFolder(folder, pictures);
            var lines = files.FirstOrDefault(f => Path.GetExtension(f) is ".jsonl" or ".json");
            throw new DataException($"{folder}: expected metadata.jsonl, or pictures with NAME.txt beside them"
                + (lines is null ? "" : $"; it holds {Path.GetRelativePath(folder, lines)}, which can be named itself"));
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DataException($"{folder}: cannot be read: {problem.Message}");
        }
    }

    public Sample Read(int index)
    {
        var (picture, place) = (_pictures[index], new RecordPlace(_pictures[index], 0));
        try
        {
            var caption = File.ReadAllText(CaptionOf(picture)).Trim();
            return caption.Length > 0
                ? new Sample(place, [new Turn([Path.GetFullPath(picture)], null, caption)], ImmutableSortedDictionary<string, string>.Empty.Add("caption", caption))
                : throw new DataException(place, $"its caption {Path.GetFileName(CaptionOf(picture))} is empty");
        }
        catch (FileNotFoundException)
        {
            throw new DataException(place, $"lacks its caption: expected {Path.GetFileName(CaptionOf(picture))} beside it");
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new DataException(place, $"its caption cannot be read: {problem.Message}");
        }
    }

    private static string CaptionOf(string picture) => Path.ChangeExtension(picture, ".txt");
}
