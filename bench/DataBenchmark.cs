using Mllm.Runtime.Data;
using Mllm.Runtime.Inputs;
using SkiaSharp;

namespace Mllm.Bench;

/// <summary>How many small pictures a second the data loader decodes, keeps and varies, by the number of worker threads.</summary>
internal static class DataBenchmark
{
    private const int Pictures = 1000, Side = 64;

    private static readonly Augmentation Everything = new()
    {
        Crop = 0.7, Zoom = 0.6, Shift = 0.1, Rotate = 15, Flip = 0.5, Brightness = 0.3, Contrast = 0.3, Saturation = 0.3, Hue = 0.05, Grayscale = 0.1, Blur = 0.02,
        Noise = 0.03, Erase = 0.2,
    };

    public static void Run(int repeats)
    {
        var folder = Directory.CreateTempSubdirectory("data-bench-").FullName;
        try
        {
            var data = DataSets.Open([Write(folder)]);
            Console.WriteLine($"{Pictures} pictures of {Side} pixels to {Side} pixels, medians of {repeats}: pictures a second (milliseconds of processor time a picture)");
            foreach (var workers in (int[])[1, 2])
            {
                Report($"{workers} worker(s), decoded", data, workers, repeats, null, kept: false);
                Report($"{workers} worker(s), kept", data, workers, repeats, null, kept: true);
                Report($"{workers} worker(s), kept, all variations", data, workers, repeats, Everything, kept: true);
                Report($"{workers} worker(s), kept, crop and flip and colour", data, workers, repeats, Everything with { Blur = 0, Noise = 0, Zoom = 0 }, kept: true);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Report(string what, IDataSet data, int workers, int repeats, Augmentation? augment, bool kept)
    {
        var spec = new ImageSpec(Side, ImageFit.StretchToSquare, new Rgb(255, 255, 255), new PerChannel(0.5f, 0.5f, 0.5f), new PerChannel(0.5f, 0.5f, 0.5f));
        var options = new LoaderOptions(1, Shuffle: true, workers, Ahead: 32, SkipBroken: false, augment) { CacheBytes = kept ? 1 << 28 : 0 };
        using var loader = new DataLoader(data, new Dictionary<string, ImageSpec> { ["eye"] = spec }, options, Console.WriteLine);
        var times = Enumerable.Range(-1, repeats + 1).Select(r => Measure.Both(() => Consume(loader, (r + 1) * Pictures))).Skip(1).ToArray();
        Console.WriteLine($"  {what,-48} {Pictures / Measure.Median(times.Select(t => t.Clock)),9:N0}   ({1e3 * Measure.Median(times.Select(t => t.Processor)) / Pictures:N3})");
    }

    private static void Consume(DataLoader loader, long from)
    {
        foreach (var _ in loader.From(from, Pictures))
        {
        }
    }

    /// <summary>Drawings on a transparent ground, as emoji are: some discs and lines of random colours.</summary>
    private static string Write(string folder)
    {
        var random = new Random(1);
        var lines = new List<string>();
        for (var i = 0; i < Pictures; i++)
        {
            using var bitmap = new SKBitmap(Side, Side);
            using var canvas = new SKCanvas(bitmap);
            canvas.Clear(SKColors.Transparent);
            for (var shape = 0; shape < 6; shape++)
            {
                using var paint = new SKPaint { Color = new SKColor((uint)random.Next() | 0xff000000), IsAntialias = true, StrokeWidth = 3 };
                canvas.DrawCircle(random.Next(Side), random.Next(Side), random.Next(4, 16), paint);
                canvas.DrawLine(random.Next(Side), random.Next(Side), random.Next(Side), random.Next(Side), paint);
            }

            using var png = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(Path.Combine(folder, $"{i}.png"), png.ToArray());
            lines.Add($$"""{"image":"{{i}}.png","caption":"drawing {{i}}"}""");
        }

        var path = Path.Combine(folder, "data.jsonl");
        File.WriteAllLines(path, lines);
        return path;
    }
}
