using Mllm.Runtime.Inputs;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Tests.Weights;

namespace Mllm.Runtime.Tests.Data;

/// <summary>A small data set of pictures that all differ, in a folder of its own.</summary>
internal sealed class EmojiLike : IDisposable
{
    public const int Side = 24;

    private readonly TemporaryFolder _folder = new();

    /// <param name="count">Records.</param>
    /// <param name="broken">Those whose picture is damaged.</param>
    public EmojiLike(int count, params int[] broken)
    {
        for (var i = 0; i < count; i++)
            _folder.Put(Name(i), broken.Contains(i) ? [1, 2, 3] : Picture(i));
        var lines = Enumerable.Range(0, count).Select(i => $$"""{"image":"{{Name(i)}}","caption":"picture {{i}}"}""");
        Data = Mllm.Runtime.Data.DataSets.Open([_folder.Put("data.jsonl", string.Join('\n', lines))]);
    }

    public Mllm.Runtime.Data.IDataSet Data { get; }

    public static ImageSpec Spec { get; } = new(32, ImageFit.StretchToSquare, new Rgb(255, 255, 255), new PerChannel(0.48f, 0.46f, 0.41f), new PerChannel(0.27f, 0.26f, 0.28f));

    public static Dictionary<string, ImageSpec> Encoders { get; } = new() { ["eye"] = Spec, ["small"] = Spec with { Size = 16, Resample = Resample.Bilinear } };

    public string Path(int index) => _folder[Name(index)];

    public string Anonymous(string text) => _folder.Anonymous(text);

    public void Dispose() => _folder.Dispose();

    /// <summary>A disc on white whose colour and place depend on the number.</summary>
    public static byte[] Picture(int number)
    {
        var rows = Enumerable.Range(0, Side).Select(y => Enumerable.Range(0, Side).SelectMany(x => Inside(x, y)
            ? [(byte)(37 * number), (byte)(91 * number + x), (byte)(53 * number + y)]
            : new byte[] { 255, 255, 255 }).ToArray()).ToArray();
        return PngFile.Write(Side, Side, PngFile.Rgb, 8, rows);

        bool Inside(int x, int y) => (x - 10 - number % 3) * (x - 10 - number % 3) + (y - 11) * (y - 11) < 60;
    }

    private static string Name(int i) => $"pictures/{i}.png";
}
