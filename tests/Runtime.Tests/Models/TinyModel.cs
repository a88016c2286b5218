using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Kernels;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>
/// A tiny model whose every shape is guarded. Parameters that begin as constants (gates, gains, offsets) are drawn too: with closed gates and plain
/// norms a model would hide most mistakes.
/// </summary>
internal sealed class TinyModel : IDisposable
{
    private readonly MultimodalModel _model;
    private readonly ScalarType _dtype;

    static TinyModel()
    {
        TorchLibrary.Load();
        // In tensors this small threads only wait for each other, and for the tests beside them.
        set_num_threads(1);
    }

    /// <param name="prepare">What is added to the program before it is linked.</param>
    public TinyModel(string setting, ScalarType dtype = ScalarType.Float32, ulong seed = 1, Func<ModelProgram, ModelProgram>? prepare = null)
    {
        (Program, _dtype) = (prepare?.Invoke(Settings.Program(setting)) ?? Settings.Program(setting), dtype);
        _model = ModelLoader.Random(Program, dtype, CPU, seed, new ExecutorOptions(GuardShapes: true));
        foreach (var parameter in Program.Graph.Parameters.Where(p => p.Initializer.Kind == InitializerKind.Constant))
        {
            int[] shape = [.. parameter.Shape.Select(d => (int)d.Value!)];
            _model.Weights.Parameters.Assign(parameter.Path, new Nd(shape, [.. Draw(new Random(HashCode(parameter.Path)), shape, parameter.Initializer.Value, 0.5)]).ToTensor(dtype));
        }
    }

    public ModelProgram Program { get; }

    public MultimodalModel Model => _model;

    /// <summary>Generates greedily for several prompts together.</summary>
    public PromptedResult Generate(int tokens, params ReadOnlySpan<Prompt> prompts) => Generate(new GenerationOptions(tokens), prompts);

    /// <summary>Generates for several prompts together.</summary>
    public PromptedResult Generate(GenerationOptions options, params ReadOnlySpan<Prompt> prompts)
    {
        var pixels = Pixels(prompts);
        var texts = Texts(prompts);
        try
        {
            return PromptedGeneration.Run(_model, Rows(prompts), pixels, new Sampler(), options, texts: texts);
        }
        finally
        {
            foreach (var tensor in pixels?.Values ?? Enumerable.Empty<Tensor>())
                tensor.Dispose();
            foreach (var text in texts.Values)
                text.Dispose();
        }
    }

    /// <summary>
    /// The logits of all real positions, row by row: those of the prompts in one run, then those of the words that follow, one step each.
    /// </summary>
    /// <param name="following">By step, the next word of each row.</param>
    public ImmutableArray<double[][]> Logits(ReadOnlySpan<Prompt> prompts, params long[][] following)
    {
        using var scope = NewDisposeScope();
        var layout = BatchLayout.Pad(Rows(prompts), left: true);
        using var cache = new KvCache(layout.Length + following.Length);
        var context = new RunContext { Cache = cache };
        using var media = _model.Media(layout.Rows, Pixels(prompts), context, Texts(prompts));
        var rows = layout.Rows.Select(_ => new List<double[]>()).ToList();
        Take(_model.Prefill(layout, media, context), context, rows, row => layout.StartOf(row));
        for (var step = 0; step < following.Length; step++)
        {
            long[] shape = [layout.Rows.Length, 1];
            Take(_model.Step(tensor(following[step], shape), tensor([.. layout.Rows.Select(r => (long)r.Length + step)], shape),
                tensor([.. layout.Rows.Select(r => r.ImageIndex[^1])], shape), media, context), context, rows, _ => 0);
        }
        context.KeyMask?.Dispose();
        return [.. rows.Select(r => r.ToArray())];
    }

    /// <summary>Runs a prompt, and counts the elements that are then kept: in the cache, and of the pictures.</summary>
    public (long Positions, long Cached, long Kept) Measure(Prompt prompt)
    {
        using var scope = NewDisposeScope();
        var layout = BatchLayout.Pad(Rows([prompt]), left: true);
        using var cache = new KvCache(layout.Length);
        var context = new RunContext { Cache = cache };
        using var media = _model.Media(layout.Rows, Pixels([prompt]), context, Texts([prompt]));
        _model.Logits(_model.Prefill(layout, media, context), context);
        return (layout.Length, cache.Bytes / (_dtype == ScalarType.Float32 ? sizeof(float) : sizeof(double)), media?.Kept.Sum(k => k.numel()) ?? 0);
    }

    /// <summary>The value of an entry over a batch of prompts with a picture each, with what its gradient needs.</summary>
    public Tensor Loss(string entry, params Prompt[] prompts) => Loss(entry, new RunContext { Gradients = true }, prompts);

    public Tensor Loss(string entry, RunContext context, params Prompt[] prompts)
    {
        var inputs = BatchInputs(entry, context, prompts);
        return _model.OverBatch(entry, name => inputs[name], null, context);
    }

    /// <summary>All results of the entry over such a batch.</summary>
    public Tensor[] Losses(string entry, params Prompt[] prompts)
    {
        var context = new RunContext { Gradients = true };
        var inputs = BatchInputs(entry, context, prompts);
        return _model.OverBatchAll(entry, name => inputs[name], null, context);
    }

    /// <summary>The inputs of an entry over a batch by name, and those of a picture's encoding; the context is given the mask of the prompts' padding.</summary>
    public Dictionary<string, Tensor> BatchInputs(string entry, RunContext context, params Prompt[] prompts)
    {
        var layout = BatchLayout.Pad(Rows(prompts), left: false);
        var (pixels, count) = (Pixels(prompts), prompts.Length);
        var texts = Program.Texts.ToDictionary(t => t.Name, t => TextRows.Of([.. Enumerable.Range(0, count).Select(r => new long[] { 3, 9 + r, 27, 5, 40 + r })], CPU));
        var inputs = new Dictionary<string, Tensor>();
        var taken = Program.Graph.Function(Program.Graph.Entry(entry)!.Function).Inputs.Select(i => i.Name).ToList();
        if (taken.Contains("ids"))
            inputs = _model.LanguageInputs(layout, _model.Media(layout.Rows, pixels, context, texts), tensor(Array.ConvertAll(layout.Ids, id => id % 300), [layout.Rows.Length, layout.Length]));
        foreach (var (text, rows) in texts)
            (inputs[$"text.{text}"], inputs[$"labels.{text}"]) = (rows.Ids, rows.Ids);
        foreach (var (encoder, pictures) in pixels ?? [])
            (inputs["pixels"], inputs[$"pixels.{encoder}"]) = (pictures, pictures);
        context.KeyMask = taken.Contains("ids") && layout.HasPadding ? tensor(layout.Valid, [layout.Rows.Length, layout.Length]) : null;
        return inputs;
    }

    public void Dispose() => _model.Dispose();

    private ImmutableArray<RowLayout> Rows(ReadOnlySpan<Prompt> prompts) => [.. prompts.ToArray().Select(p => p.LayOut(Program))];

    private void Take(Tensor hidden, RunContext context, List<List<double[]>> rows, Func<int, int> start)
    {
        var logits = Nd.Of(_model.Logits(hidden, context));
        for (var row = 0; row < rows.Count; row++)
            for (var at = start(row); at < logits.Shape[1]; at++)
                rows[row].Add(logits.Row(row).Row(at).Data);
    }

    /// <summary>The sizes that a prompt decides.</summary>
    public Dictionary<string, long> Sizes(Prompt prompt) =>
        Program.Texts.Select(t => KeyValuePair.Create(t.Name, (long)TextOf(prompt).Length)).Append(KeyValuePair.Create("images", (long)prompt.Pictures.Length)).ToDictionary();

    internal static long[] TextOf(Prompt prompt) => [.. prompt.Words.Take(5).Where(w => w != Prompt.Picture)];

    /// <summary>The texts that the pictures' tokens depend on: the first words of each prompt, which differ in number.</summary>
    private Dictionary<string, TextRows> Texts(ReadOnlySpan<Prompt> prompts)
    {
        long[][] words = [.. prompts.ToArray().Select(TextOf)];
        return _model.TextsOf("encode").ToDictionary(name => name, _ => TextRows.Of(words, CPU));
    }

    /// <summary>The pictures of all prompts, two frames each where a picture may have several; null where there are none.</summary>
    private Dictionary<string, Tensor>? Pixels(ReadOnlySpan<Prompt> prompts)
    {
        var pictures = prompts.ToArray().SelectMany(p => p.Pictures).ToList();
        if (pictures.Count == 0 || Program.Injections.IsEmpty)
            return null;
        int[] frames = Program.HasFrames ? [2] : [];
        return Program.Encoders.ToDictionary(e => e.Name, e =>
        {
            var size = (int)PictureReader.SpecOf(Program, e.Name).Size;
            int[] shape = [.. frames, 3, size, size];
            return new Nd([pictures.Count, .. shape], [.. pictures.SelectMany(p => Draw(new Random(p), shape, 0, 2))]).ToTensor(_dtype);
        });
    }

    /// <summary>Values that every element type of these tests but bfloat16 holds exactly.</summary>
    private static IEnumerable<double> Draw(Random random, int[] shape, double middle, double spread) =>
        Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(_ => (double)(float)(middle + spread * KernelCheck.Uniform(random)));

    private static int HashCode(string text) => text.Aggregate(17, (hash, c) => unchecked(hash * 31 + c));
}
