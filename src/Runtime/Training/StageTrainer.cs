using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Data;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training.Watching;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>Trains one stage. The same seed gives the same steps on the CPU, whether they are made in one run or in several.</summary>
public sealed class StageTrainer : IDisposable
{
    private readonly MultimodalModel _model;
    private readonly Stage _stage;
    private readonly StageOptions _options;
    private readonly ulong _seed;
    private readonly Action<string> _warn;
    private readonly MasterWeights _masters;
    private readonly SampleReader _reader;
    private readonly StageLoss _loss;
    private readonly AdamW _optimizer;
    private readonly Followers _followers;
    private readonly DataLoader _loader;
    private readonly FeatureCache? _cache;
    private readonly LearningRate _rate;
    private readonly double _baseRate;
    private readonly bool _countsTokens;
    private readonly int _records;
    private readonly ImmutableSortedSet<string>? _recompute;

    /// <param name="masters">The exact values of the parameters; they outlive the stage.</param>
    /// <exception cref="TrainingException">The stage has no objective or no optimizer, or its template leaves nothing to be predicted.</exception>
    public StageTrainer(MultimodalModel model, MasterWeights masters, Stage stage, StageOptions options, TrainingOptions run, PromptBuilder prompts, IDataSet data, Action<string> warn)
    {
        (_model, _masters, _stage, _options, _warn) = (model, masters, stage, options, warn);
        var program = model.Program;
        if (stage.Loss is null)
            throw new TrainingException($"the stage '{stage.Name}' has no objective to be trained by");
        var optimizer = stage.Optimizer ?? throw new TrainingException($"the stage '{stage.Name}' has no optimizer");
        _seed = SplitMix64.Mix(run.Seed ^ SplitMix64.KeyOf(stage.Name));
        var samples = (long)options.Batch * options.Accumulate;
        Steps = options.StepsOver(data.Count);
        _rate = new LearningRate(stage.Schedule, Steps, options.Warmup);
        _baseRate = options.LearningRate ?? optimizer.LearningRate;

        var trained = stage.Trained.ToHashSet(StringComparer.Ordinal);
        foreach (var declaration in program.Graph.Parameters)
            model.Weights.Parameters[declaration.Path].requires_grad_(trained.Contains(declaration.Path));
        _optimizer = new AdamW(model.Weights.Parameters, masters, UpdateGroup.Of(model.Weights.Parameters, stage, optimizer, options), optimizer.Beta1, optimizer.Beta2, optimizer.Epsilon);
        _followers = new Followers(program, stage, model.Weights.Parameters, masters);
        _cache = options.Augment is null && run.CacheBytes > 0 ? new FeatureCache(run.CacheBytes) : null;
        _loss = new StageLoss(model, stage, _cache);
        _reader = new SampleReader(program, stage, prompts);
        _reader.RequireSupervision(data);
        _records = data.Count;
        _recompute = options.Recompute ? RecomputePlan.Of(program, stage) : null;
        var inputs = program.Graph.Function(program.Graph.Entry(stage.Loss)!.Function).Inputs.Select(i => i.Name).ToList();
        _countsTokens = inputs.Contains("labels") && stage.Terms.IsEmpty && !inputs.Any(i => i.StartsWith("text.", StringComparison.Ordinal));
        var encoders = program.Encoders.ToDictionary(e => e.Name, e => PictureReader.SpecOf(program, e.Name));
        var loading = new LoaderOptions(options.Order ?? _seed, Shuffle: true, run.Workers, Ahead: (int)Math.Clamp(2 * samples, 8, 4096), options.SkipBroken, options.Augment);
        _loader = new DataLoader(data, encoders, loading, warn, _loss.NeedsPixels);
    }

    /// <summary>All steps of the stage.</summary>
    public long Steps { get; }

    /// <summary>Everything that changes in this stage, by path: what is trained, twins and queues.</summary>
    public IEnumerable<string> Changed => _stage.Trained.Concat(_followers.Paths);

    /// <summary>What a checkpoint holds: the exact values of all that changes, and the optimizer's state.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => Changed.Select(p => KeyValuePair.Create("w." + p, _masters[p])).Concat(_optimizer.State);

    /// <summary>Goes on from a checkpoint's tensors.</summary>
    public void Restore(TrainingPoint point, IReadOnlyDictionary<string, Tensor> tensors)
    {
        foreach (var path in Changed)
            _masters.Assign(path, tensors["w." + path]);
        _optimizer.Restore(point.Step, name => tensors[name]);
        _followers.Restore(point.Queues);
        _model.Weights.Parameters.Touch();
    }

    /// <summary>Makes the steps that are left.</summary>
    /// <param name="from">Where to begin: the start of the stage, or a point that was restored.</param>
    /// <param name="save">Told of each point worth keeping: all <paramref name="saveEvery"/> steps, and when the run is stopped.</param>
    /// <returns>The point after the last step, or where the run was stopped.</returns>
    /// <exception cref="TrainingException">The loss or its gradient is not finite, or memory is short.</exception>
    /// <exception cref="DataException">A sample cannot be used.</exception>
    public TrainingPoint Run(TrainingPoint from, long saveEvery, ITrainingWatcher watcher, Action<TrainingPoint> save, CancellationToken cancellation)
    {
        var point = from;
        if (point.Step >= Steps)
            return point;
        using var stream = Prepared(point.Position, CancellationToken.None).GetEnumerator();
        while (point.Step < Steps)
        {
            if (cancellation.IsCancellationRequested)
            {
                if (point.Step > from.Step)
                    Save(point, save);
                return point;
            }
            var clock = Stopwatch.StartNew();
            var batches = Enumerable.Range(0, _options.Accumulate).Select(_ => Take(stream)).ToList();
            var all = batches.SelectMany(b => b).ToList();
            try
            {
                var (loss, terms, norm) = Step(point.Step, _countsTokens && batches.Count > 1 ? Alike(all) : batches);
                point = point with { Step = point.Step + 1, Position = all[^1].Loaded.Position + 1, Queues = [.. _followers.Next], Loss = loss };
                watcher.Step(new StepReport(_stage.Name, point.Step, Steps, loss, [.. _stage.Terms.Zip(terms, KeyValuePair.Create)], _baseRate * _rate.Factor(point.Step - 1), norm,
                    all.Sum(s => s.Tokens), all.Sum(s => (long)s.Pictures), clock.Elapsed.TotalSeconds));
            }
            catch (Exception e) when (e is System.Runtime.InteropServices.ExternalException or OutOfMemoryException && IsMemory(e))
            {
                throw new TrainingException($"memory ran out in step {point.Step + 1} of '{_stage.Name}' with batches of {_options.Batch}: a smaller batch with more accumulation, or recomputation, needs less");
            }
            if (point.Step < Steps && point.Step % saveEvery == 0)
                Save(point, save);
        }
        RequireFinite(point);
        return point;
    }

    /// <summary>Every checkpoint is a good one: an update may overflow although its gradient did not.</summary>
    private void Save(TrainingPoint point, Action<TrainingPoint> save)
    {
        RequireFinite(point);
        save(point);
    }

    private void RequireFinite(TrainingPoint point)
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        if (Changed.FirstOrDefault(p => !_masters[p].isfinite().all().item<bool>()) is { } broken)
            throw new TrainingException($"after step {point.Step} of '{_stage.Name}' the parameter '{broken}' is no longer finite. A lower learning rate or a longer warm-up may help");
    }

    public void Dispose()
    {
        _loader.Dispose();
        _optimizer.Dispose();
        _cache?.Dispose();
    }

    /// <summary>One update; nothing is changed when its loss or gradient is not finite.</summary>
    private (double Loss, double[] Terms, double Norm) Step(long step, List<List<TrainingSample>> batches)
    {
        _followers.Follow();
        var all = batches.Sum(b => b.Sum(s => s.Supervised));
        var (loss, terms) = (0.0, new double[_stage.Terms.Length]);
        using var kept = NewDisposeScope();
        var pushed = _stage.Pushes.Select(_ => new List<Tensor>()).ToList();
        foreach (var path in _stage.Trained)
            _model.Weights.Parameters[path].grad = null;
        for (var i = 0; i < batches.Count; i++)
        {
            using var scope = NewDisposeScope();
            // A mean over tokens stays one over all tokens of the step, however it is cut into batches.
            var weight = batches.Count == 1 ? 1 : _countsTokens ? (double)batches[i].Sum(s => s.Supervised) / all : 1.0 / batches.Count;
            var context = new RunContext { Gradients = true, Recompute = _recompute, Seed = SplitMix64.Mix(_seed + (ulong)(step * _options.Accumulate + i)) };
            var results = _loss.Run(batches[i], context);
            loss += weight * results[0].to(ScalarType.Float64).item<double>();
            for (var t = 0; t < terms.Length; t++)
                terms[t] += weight * results[1 + t].to(ScalarType.Float64).item<double>();
            for (var q = 0; q < pushed.Count; q++)
                pushed[q].Add(results[1 + terms.Length + q].detach().MoveToOuterDisposeScope());
            using Scalar share = weight;
            // Without a picture, nothing that is trained may have a part in the loss.
            if (results[0].requires_grad)
                (weight == 1 ? results[0] : results[0].mul(share)).backward();
        }
        var norm = Norm(step);
        if (!double.IsFinite(loss) || !double.IsFinite(norm))
            throw new TrainingException($"step {step + 1} of '{_stage.Name}' gave a loss of {loss} and a gradient of norm {norm}: no parameter was changed by it. A lower learning rate, a longer warm-up or `clip` may help");
        _optimizer.Step(_rate.Factor(step));
        _followers.Push([.. pushed.Select(rows => cat(rows))]);
        return (loss, terms, norm);
    }

    /// <summary>The norm of the whole gradient, which is scaled down where it is longer than the stage's bound.</summary>
    private double Norm(long step)
    {
        using var scope = NewDisposeScope();
        using var unrecorded = no_grad();
        var gradients = _stage.Trained.Select(p => _model.Weights.Parameters[p].grad).OfType<Tensor>().ToList();
        if (gradients.Count == 0)
            return step > 0 ? 0 : throw new TrainingException($"no parameter that '{_stage.Name}' trains has a part in the loss of the first step: have its samples no picture?");
        var norm = stack(gradients.Select(g => g.norm().to(ScalarType.Float64))).norm().item<double>();
        if ((_options.Clip ?? _stage.Clip) is { } most && norm > most)
        {
            using Scalar scale = most / norm;
            foreach (var gradient in gradients)
                gradient.mul_(scale);
        }
        return norm;
    }

    private List<TrainingSample> Take(IEnumerator<TrainingSample> stream)
    {
        var taken = new List<TrainingSample>(_options.Batch);
        while (taken.Count < _options.Batch && stream.MoveNext())
            taken.Add(stream.Current);
        return taken.Count > 0 ? taken : throw new TrainingException($"the data of '{_stage.Name}' ended");
    }

    /// <summary>
    /// A step's samples in batches of rows of similar length, of which less is padding. The step's loss is a mean over all its tokens, so it does not matter which batch they are in.
    /// </summary>
    private List<List<TrainingSample>> Alike(List<TrainingSample> samples) => [.. samples.OrderBy(s => s.Tokens).Chunk(_options.Batch).Select(b => b.ToList())];

    /// <summary>The samples from a position on; one that cannot be laid out is passed over or ends the run, as a broken record is.</summary>
    private IEnumerable<TrainingSample> Prepared(long position, CancellationToken cancellation)
    {
        var (refused, inARow) = (new HashSet<int>(), 0);
        foreach (var loaded in _loader.From(position, null, cancellation))
        {
            TrainingSample? sample = null;
            try
            {
                sample = _reader.Read(loaded);
                inARow = 0;
            }
            catch (DataException e) when (_options.SkipBroken)
            {
                if (refused.Add(loaded.Index))
                    _warn($"skipped: {e.Message}");
                if (++inARow >= _records)
                    throw new DataException($"no record can be used by '{_stage.Name}'; the last: {e.Message}");
            }
            if (sample is not null)
                yield return sample;
        }
    }

    private static bool IsMemory(Exception e) => e is OutOfMemoryException || e.Message.Contains("memory", StringComparison.OrdinalIgnoreCase);
}
