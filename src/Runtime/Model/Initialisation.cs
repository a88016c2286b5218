using Mllm.Compiler.Ir;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Model;

/// <summary>
/// Draws fresh parameters. A value depends on the model's seed, the parameter's path and its place in it alone: not on the order, the
/// device, the element type (float32 values, rounded or widened) or the number of threads.
/// </summary>
internal static class Initialisation
{
    /// <summary>Elements that one generator draws; part of what the values are, so never changed for speed.</summary>
    private const long Chunk = 1 << 20;

    /// <summary>Draws the parameters named and assigns them.</summary>
    public static void Fill(ParameterStore store, ulong seed, IReadOnlyCollection<string> paths)
    {
        var chosen = paths.ToHashSet(StringComparer.Ordinal);
        using var unrecorded = no_grad();
        foreach (var declaration in store.Declarations.Where(d => chosen.Contains(d.Path)))
        {
            long[] shape = [.. declaration.Shape.Select(d => d.Evaluate(new Dictionary<string, long>()))];
            var value = empty(shape, store.Dtype, CPU);
            Draw(value, declaration.Initializer, Seed(seed, declaration.Path));
            store.Assign(declaration.Path, value);
        }
    }

    private static void Draw(Tensor value, Initializer initializer, ulong seed)
    {
        if (initializer.Kind == InitializerKind.Constant)
        {
            using Scalar constant = initializer.Value;
            value.fill_(constant);
            return;
        }
        using var flat = value.view(-1);
        var count = flat.size(0);
        // Chunks are drawn side by side in float32, from one generator each: LibTorch's own drawing runs on one thread, and in bfloat16 at a quarter of the speed.
        Parallel.For(0, (count + Chunk - 1) / Chunk, chunk =>
        {
            using var unrecorded = no_grad();
            using var generator = new Generator(SplitMix64.Mix(seed + (ulong)chunk), CPU);
            var (from, length) = (chunk * Chunk, Math.Min(Chunk, count - chunk * Chunk));
            using var part = flat.narrow(0, from, length);
            using var drawn = value.dtype == ScalarType.Float32 ? part.alias() : empty(length, ScalarType.Float32, CPU);
            if (initializer.Kind == InitializerKind.Normal)
                drawn.normal_(0, initializer.Value, generator);
            else
                drawn.uniform_(-initializer.Value, initializer.Value, generator);
            if (value.dtype != ScalarType.Float32)
                part.copy_(drawn);
        });
    }

    /// <summary>A parameter's seed: the first bytes of a digest of its path, joined with the model's seed.</summary>
    private static ulong Seed(ulong seed, string path) => seed ^ SplitMix64.KeyOf(path);
}
