using System.Collections.Immutable;
using System.Text.Json;

namespace Mllm.Cli;

/// <summary>A picture that ships with the program.</summary>
/// <param name="Caption">What is in it.</param>
internal sealed record SamplePicture(string Name, string Caption, byte[] Bytes);

/// <summary>The pictures of <c>data/pictures</c>, which are resources of the program.</summary>
internal static class SamplePictures
{
    private const string Folder = "pictures/", Records = "pictures.jsonl";

    /// <summary>All of them, in the order of their records.</summary>
    public static ImmutableArray<SamplePicture> Read()
    {
        using var lines = new StreamReader(Open(Folder + Records));
        var pictures = ImmutableArray.CreateBuilder<SamplePicture>();
        while (lines.ReadLine() is { } line)
        {
            using var record = JsonDocument.Parse(line);
            string Field(string name) => record.RootElement.GetProperty(name).GetString()!;
            pictures.Add(new SamplePicture(Field("image"), Field("caption"), Bytes(Folder + Field("image"))));
        }
        return pictures.ToImmutable();
    }

    /// <summary>A resource's bytes.</summary>
    public static byte[] Bytes(string resource)
    {
        using var stream = Open(resource);
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }

    private static Stream Open(string resource) =>
        typeof(SamplePictures).Assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"{resource} is not in the assembly");
}
