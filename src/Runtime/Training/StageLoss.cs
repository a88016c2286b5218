using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>Computes a stage's loss over samples, with what its gradient needs.</summary>
public sealed class StageLoss
{
    private readonly MultimodalModel _model;
    private readonly Stage _stage;
    private readonly FeatureCache? _cache;
    private readonly ModelProgram _program;
    private readonly ImmutableArray<Value> _inputs;
    private readonly ImmutableArray<string> _split;
    private readonly bool _takesMedia;
    private readonly bool _takesPixels;

    /// <param name="model">With a program of <see cref="Compiler.Passes.TrainingGraph"/>, where frozen parts are to be computed apart.</param>
    /// <param name="cache">Where what frozen parts give is kept; null computes it each time.</param>
    public StageLoss(MultimodalModel model, Stage stage, FeatureCache? cache = null)
    {
        (_model, _stage, _cache, _program) = (model, stage, cache, model.Program);
        _inputs = _program.Graph.Function(_program.Graph.Entry(_stage.Loss!)!.Function).Inputs;
        _takesMedia = _inputs.Any(i => EntryInputs.IsMedia(i.Name));
        var encodes = _takesMedia && _program.TakesPictures("encode");
        _split = [.. new[] { "encode", "loss" }.Where(IsSplit).Where(e => e == "loss" || encodes)];
        bool TakesLate(string entry, string whole) => _program.TakesPictures(IsSplit(entry) ? $"{entry}.late.{_stage.Name}" : whole);
        _takesPixels = TakesLate("loss", _stage.Loss!) || encodes && TakesLate("encode", "encode");
    }

    /// <summary>Whether an entry has two halves, of which the first does not depend on what the stage changes.</summary>
    private bool IsSplit(string entry) => _program.Graph.Entry($"{entry}.early.{_stage.Name}") is not null;

    /// <summary>Whether a sample's pixels are needed: not when all that the loss takes of its pictures is kept. May be asked from any thread.</summary>
    public bool NeedsPixels(int sample) => _cache is null || _split.Any(e => !_cache.Has(e, sample)) || _takesPixels;

    /// <summary>Runs the loss.</summary>
    /// <returns>The loss, the stage's terms, and a tensor [samples, width] for each of its queues; all with their gradient's graph, within the caller's scope.</returns>
    public Tensor[] Run(IReadOnlyList<TrainingSample> samples, RunContext context)
    {
        var (inputs, masks) = (new Dictionary<string, Tensor>(StringComparer.Ordinal), new Dictionary<string, Tensor>(StringComparer.Ordinal));
        var texts = samples[0].Texts.Keys.ToDictionary(name => name, name => TextRows.Of([.. samples.Select(s => s.Texts[name])], _model.Device));
        using Scalar unlabelled = PromptLayout.Unlabelled;
        foreach (var (name, rows) in texts)
        {
            inputs[EntryInputs.Text + name] = rows.Ids;
            inputs[EntryInputs.Labels + name] = rows.Mask is null ? rows.Ids : rows.Ids.masked_fill(rows.Mask.logical_not(), unlabelled);
            if (rows.Mask is not null)
                masks[EntryInputs.Text + name] = masks[EntryInputs.Labels + name] = rows.Mask;
        }
        if (samples[0].Row is not null)
        {
            var layout = BatchLayout.Pad([.. samples.Select(s => s.Row!)], left: false);
            var media = _takesMedia ? Media(samples, texts, context) : null;
            var labels = tensor(layout.Labels(), [layout.Rows.Length, layout.Length], device: _model.Device);
            foreach (var (name, value) in _model.LanguageInputs(layout, media, labels))
                inputs[name] = value;
            foreach (var (name, mask) in media?.Masks ?? ImmutableDictionary<string, Tensor>.Empty)
                masks[name] = mask;
            context.KeyMask = layout.HasPadding ? tensor(layout.Valid, [layout.Rows.Length, layout.Length], device: _model.Device) : null;
        }
        if (_inputs.Any(i => EntryInputs.IsPixels(i.Name)))
        {
            if (samples.FirstOrDefault(s => s.Pictures != 1) is { } wrong)
                throw new InputException($"{wrong.Loaded.Sample.Place}: this objective needs one picture for each sample, found {wrong.Pictures}");
            if (IsSplit("loss"))
            {
                var early = Early("loss", samples, tensors => Batch($"loss.early.{_stage.Name}", tensors, null));
                for (var i = 0; i < early.Length; i++)
                    inputs[$"early{i}"] = early[i];
                return Batch($"loss.late.{_stage.Name}", name => inputs.TryGetValue(name, out var known) ? known : Pixels(name, samples), masks);
            }
            return Batch(_stage.Loss!, name => inputs.TryGetValue(name, out var known) ? known : Pixels(name, samples), masks);
        }
        return Batch(_stage.Loss!, name => inputs[name], masks);

        Tensor[] Batch(string entry, Func<string, Tensor> input, Dictionary<string, Tensor>? all)
        {
            var taken = _program.Graph.Function(_program.Graph.Entry(entry)!.Function).Inputs.Select(i => i.Name).ToHashSet();
            var used = all?.Where(m => taken.Contains(m.Key)).ToDictionary();
            return _model.OverBatchAll(entry, input, used is { Count: > 0 } ? used : null, context);
        }
    }

    /// <summary>The tokens of all pictures in the rows of their samples.</summary>
    private MediaState Media(IReadOnlyList<TrainingSample> samples, Dictionary<string, TextRows> texts, RunContext context)
    {
        var fromPictures = _model.EncodesPictures;
        int[] counts = [.. samples.Select(s => fromPictures ? s.Pictures : 1)];
        if (counts.Sum() == 0)
            return _model.Gather(samples.Count, counts, null, ImmutableDictionary<int, Tensor>.Empty);
        var names = _program.Injections.Any(i => i.IsSingle) ? samples.FirstOrDefault(s => s.Pictures != 1) : null;
        if (names is not null)
            throw new InputException($"{names.Loaded.Sample.Place}: '{_program.Name}' takes one picture with each text, found {names.Pictures}");
        var repeated = _model.TextsOf("encode").ToDictionary(n => n, n => texts[n].Repeat(counts));
        if (!IsSplit("encode"))
        {
            var whole = _model.Entry("encode", name => Pixels(name, samples), repeated, context);
            return _model.Gather(samples.Count, counts, whole, context.ResultMasks);
        }
        var early = Early("encode", samples, pixels => _model.Entry($"encode.early.{_stage.Name}", pixels, null, context));
        var late = _model.Entry($"encode.late.{_stage.Name}", name => name.StartsWith("early", StringComparison.Ordinal) ? early[int.Parse(name.AsSpan(5))] : Pixels(name, samples), repeated, context);
        return _model.Gather(samples.Count, counts, late, context.ResultMasks);
    }

    /// <summary>What the frozen half of an entry gives for all pictures, one after another: from the cache, or computed and put there.</summary>
    private Tensor[] Early(string entry, IReadOnlyList<TrainingSample> samples, Func<Func<string, Tensor>, Tensor[]> compute)
    {
        if (_cache is null)
            return compute(name => Pixels(name, samples));
        var absent = samples.Where(s => s.Pictures > 0 && !_cache.Has(entry, s.Loaded.Index)).DistinctBy(s => s.Loaded.Index).ToList();
        var fresh = new Dictionary<int, Tensor[][]>();
        // Each sample by itself: a kernel's last bits may depend on what it computes beside, and after a resumption other samples are absent than before.
        foreach (var sample in absent)
        {
            var values = compute(name => Pixels(name, [sample]));
            fresh[sample.Loaded.Index] = [.. Enumerable.Range(0, sample.Pictures).Select(p => Array.ConvertAll(values, v => v[p]))];
            _cache.Keep(entry, sample.Loaded.Index, fresh[sample.Loaded.Index]);
        }
        var found = samples.SelectMany(s => Enumerable.Range(0, s.Pictures).Select(p => fresh.TryGetValue(s.Loaded.Index, out var f) ? f[p] : _cache[entry, s.Loaded.Index, p])).ToList();
        return [.. Enumerable.Range(0, found[0].Length).Select(i => stack(found.Select(f => f[i])))];
    }

    /// <summary>The pixels of all pictures of some samples, [pictures, 3, height, width], with an axis of one frame where a picture may have several.</summary>
    private Tensor Pixels(string input, IReadOnlyList<TrainingSample> samples)
    {
        var encoder = EntryInputs.EncoderOf(input, only: _program.Encoders[0].Name);
        var pictures = samples.SelectMany(s => s.Loaded.Pixels[encoder]).ToList();
        var side = PictureReader.SpecOf(_program, encoder).Size;
        long[] shape = _program.HasFrames ? [pictures.Count, 1, 3, side, side] : [pictures.Count, 3, side, side];
        var all = new float[pictures.Sum(p => p.Length)];
        for (var i = 0; i < pictures.Count; i++)
            pictures[i].CopyTo(all, i * pictures[i].Length);
        return tensor(all, shape, dtype: _model.Weights.Dtype, device: _model.Device);
    }
}
