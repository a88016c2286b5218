using Mllm.Runtime.Data;
using Mllm.Runtime.Inputs;
using Xunit;

namespace Mllm.Runtime.Tests.Data;

public class DataLoaderTests
{
    private static readonly Augmentation Strong = new()
    {
        Crop = 0.6, Zoom = 0.6, Shift = 0.1, Rotate = 20, Flip = 0.5, Brightness = 0.3, Contrast = 0.3, Saturation = 0.3, Hue = 0.1, Grayscale = 0.2,
        Blur = 0.03, Noise = 0.05, Erase = 0.2,
    };

    private static readonly LoaderOptions Plain = new(Seed: 5, Shuffle: true, Workers: 0, Ahead: 4, SkipBroken: false, Augment: null);

    [Fact]
    public void Pixels_without_augmentation_are_those_of_the_loader_and_the_transform()
    {
        using var files = new EmojiLike(5);
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Workers = 2 }, Unexpected);
        foreach (var loaded in loader.From(0, 10))
        {
            foreach (var (name, spec) in EmojiLike.Encoders)
            {
                var expected = ImageTransform.Apply(ImageLoader.Load(files.Path(loaded.Index)).Value, spec).Data;
                Assert.Equal(expected, Assert.Single(loaded.Pixels[name]));
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Samples_do_not_depend_on_workers_or_on_where_reading_begins(int workers)
    {
        using var files = new EmojiLike(7);
        using var whole = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Augment = Strong }, Unexpected);
        var expected = whole.From(0, 20).ToArray();
        Assert.Equal(Enumerable.Range(0, 20).Select(i => ((long)i, i / 7)), expected.Select(l => (l.Position, l.Epoch)));
        Assert.All(expected.Chunk(7).Take(2), epoch => Assert.Equal(Enumerable.Range(0, 7), epoch.Select(l => l.Index).Order()));
        foreach (var start in (int[])[0, 1, 6, 7, 13])
        {
            using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Augment = Strong, Workers = workers, Ahead = 5 }, Unexpected);
            var found = loader.From(start).Take(20 - start).ToArray();
            Assert.Equal(expected[start..].Select(l => (l.Position, l.Index)), found.Select(l => (l.Position, l.Index)));
            foreach (var (a, b) in expected[start..].Zip(found))
                Assert.Equal(a.Pixels["eye"][0], b.Pixels["eye"][0]);
        }
    }

    [Fact]
    public void Without_shuffling_the_files_order_stays()
    {
        using var files = new EmojiLike(3);
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Shuffle = false }, Unexpected);
        Assert.Equal([2, 0, 1, 2], loader.From(2, 4).Select(l => l.Index));
    }

    [Fact]
    public void Augmentation_varies_from_epoch_to_epoch_and_seed_to_seed()
    {
        using var files = new EmojiLike(1);
        float[][] Of(ulong seed) => [.. new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Seed = seed, Augment = Strong }, Unexpected).From(0, 3).Select(l => l.Pixels["eye"][0])];
        var all = Of(1).Concat(Of(2)).Select(p => string.Join(' ', p.Take(600))).ToArray();
        Assert.Equal(6, all.Distinct().Count());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_broken_picture_is_skipped_with_one_warning(int workers)
    {
        using var files = new EmojiLike(4, broken: 2);
        var warnings = new List<string>();
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Shuffle = false, SkipBroken = true, Workers = workers }, warnings.Add);
        Assert.Equal([0L, 1, 3, 4, 5, 7], loader.From(0, 8).Select(l => l.Position));
        Assert.Equal("skipped: data.jsonl:3: pictures/2.png: not a picture that can be read (PNG, JPEG, WebP, BMP and GIF can)", files.Anonymous(Assert.Single(warnings)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void A_broken_picture_is_fatal_at_its_turn_where_asked(int workers)
    {
        using var files = new EmojiLike(4, broken: 2);
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Shuffle = false, Workers = workers }, Unexpected);
        var seen = new List<long>();
        var problem = Assert.Throws<DataException>(() =>
        {
            foreach (var loaded in loader.From(0))
                seen.Add(loaded.Position);
        });
        Assert.Equal([0L, 1], seen);
        Assert.Equal(3, problem.Place!.Line);
    }

    [Fact]
    public void An_epoch_without_a_whole_record_ends_the_reading()
    {
        using var files = new EmojiLike(3, 0, 1, 2);
        var warnings = new List<string>();
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { SkipBroken = true, Workers = 1 }, warnings.Add);
        var problem = Assert.Throws<DataException>(() => loader.From(1).Count());
        Assert.StartsWith("all 3 records of data.jsonl", files.Anonymous(problem.Message));
        Assert.Equal(3, warnings.Count);
    }

    [Fact]
    public void Pictures_that_are_not_needed_are_not_read()
    {
        using var files = new EmojiLike(3, broken: 1);
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Shuffle = false }, Unexpected, needsPixels: i => i != 1);
        Assert.Equal([2, 0, 2], loader.From(0, 3).Select(l => l.Pixels.Count));
    }

    [Fact]
    public void A_text_alone_has_no_pixels()
    {
        using var folder = new Weights.TemporaryFolder();
        using var loader = new DataLoader(DataSets.Open([folder.Put("a.jsonl", """{"text":"x"}""")]), EmojiLike.Encoders, Plain, Unexpected);
        Assert.Empty(Assert.Single(loader.From(0, 1)).Pixels["eye"]);
    }

    [Fact]
    public void Pictures_are_decoded_once_while_there_is_room()
    {
        using var files = new EmojiLike(2);
        const int Bytes = 3 * EmojiLike.Side * EmojiLike.Side;
        using var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Shuffle = false, CacheBytes = Bytes, SkipBroken = true }, _ => { });
        Assert.Equal(2, loader.From(0, 2).Count());
        File.WriteAllBytes(files.Path(0), [1]);
        File.WriteAllBytes(files.Path(1), [1]);
        Assert.Equal([0], loader.From(2, 2).Select(l => l.Index));
    }

    [Fact]
    public void A_transparent_picture_is_varied_on_its_ground()
    {
        using var folder = new Weights.TemporaryFolder();
        // Black where nothing shows, and nothing shows anywhere: every pixel must take the ground's colour, wherever the picture moves.
        var clear = Inputs.PngFile.Write(8, 8, Inputs.PngFile.Rgba, 8, [.. Enumerable.Range(0, 8).Select(_ => new byte[32])]);
        folder.Put("a.png", clear);
        var data = DataSets.Open([folder.Put("a.jsonl", """{"image":"a.png","text":"x"}""")]);
        var encoders = new Dictionary<string, ImageSpec>
        {
            ["red"] = EmojiLike.Spec with { Transparent = new Rgb(255, 0, 0), Mean = default, Std = new PerChannel(1, 1, 1) },
            ["white"] = EmojiLike.Spec with { Transparent = new Rgb(255, 255, 255), Mean = default, Std = new PerChannel(1, 1, 1) },
        };
        using var loader = new DataLoader(data, encoders, Plain with { Augment = new() { Zoom = 0.5, Rotate = 45, Erase = 0.3 } }, Unexpected);
        var loaded = Assert.Single(loader.From(0, 1));
        var red = loaded.Pixels["red"][0];
        Assert.All(red[..1024], v => Assert.Equal(1, v));
        Assert.All(red[1024..], v => Assert.Equal(0, v));
        Assert.All(loaded.Pixels["white"][0], v => Assert.Equal(1, v));
    }

    [Fact]
    public void Cancelling_and_disposing_end_the_wait()
    {
        using var files = new EmojiLike(3);
        using var cancel = new CancellationTokenSource();
        var loader = new DataLoader(files.Data, EmojiLike.Encoders, Plain with { Workers = 2 }, Unexpected);
        using var cancelled = loader.From(0, null, cancel.Token).GetEnumerator();
        using var disposed = loader.From(0).GetEnumerator();
        Assert.True(cancelled.MoveNext() && disposed.MoveNext());
        cancel.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => cancelled.MoveNext());
        loader.Dispose();
        Assert.ThrowsAny<OperationCanceledException>(() => disposed.MoveNext());
        Assert.Throws<ObjectDisposedException>(() => loader.From(0));
    }

    [Fact]
    public void Leaving_the_loop_stops_the_threads()
    {
        using var stopped = new ManualResetEventSlim();
        var seen = new HashSet<Thread>();
        var work = new OrderedWork<int>(3, default);
        for (var i = 0; i < 30; i++)
            work.Give(() => { lock (seen) seen.Add(Thread.CurrentThread); Thread.Sleep(1); return 1; });
        Assert.Equal(1, work.Take());
        work.Dispose();
        Assert.NotEmpty(seen);
        Assert.All(seen, t => Assert.False(t.IsAlive));
    }

    private static void Unexpected(string warning) => Assert.Fail(warning);
}
