using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Std;
using Mllm.Runtime.Data;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training;
using Mllm.Runtime.Training.Watching;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Bench;

/// <summary>
/// Steps of training, LLaVA's tiny variant in its stage <c>instruct</c> on the shipped pictures: the trainer against the same model written by hand in TorchSharp, in turn, each with
/// its own copy of the weights and the same samples. A step is the batch, forward, backward and AdamW.
/// </summary>
internal static class TrainingBenchmark
{
    private const int Batch = 16, Warmup = 5;
    private const ulong Order = 1;

    /// <summary>What two orders of the same additions in float32 may give a loss of about seven.</summary>
    private const double Agreement = 1e-4;

    public static void Run(int steps)
    {
        One("the same work on both sides", steps, cache: 0);
        One("with the frozen encoder's output kept between epochs", steps, cache: 256L << 20);
    }

    private static void One(string name, int steps, long cache)
    {
        var program = TrainingGraph.Of(ShippedModels.Load("architectures/llava.mllm")!.Compile(new CompileRequest("tiny", [])).Value!);
        var stage = program.Stages.First(s => s.Name == "instruct");
        using var model = ModelLoader.Random(program, ScalarType.Float32, CPU, 1);
        using var masters = new MasterWeights(model.Weights.Parameters);
        var prompts = new PromptBuilder(program, PromptBuilder.TokenizerFor(program, "architectures/weights"));
        var data = DataSets.Open(["data/pictures/pictures.jsonl"]);
        var options = new StageOptions(stage.Name) { Batch = Batch, Steps = Warmup + steps, Order = Order };
        using var trainer = new StageTrainer(model, masters, stage, options, new TrainingOptions("") { CacheBytes = cache }, prompts, data, _ => { });
        using var hand = new ByHand(model, stage, prompts, data, trainer.Steps);
        using var turns = new InTurn(hand);
        trainer.Run(new TrainingPoint(0, stage.Name, 0, 0, new long[stage.Pushes.Length], double.NaN, ""), long.MaxValue, turns, _ => { }, CancellationToken.None);

        var timed = turns.Steps.Skip(Warmup).ToList();
        var (ours, theirs) = (Measure.Median(timed.Select(t => t.Trainer)), Measure.Median(timed.Select(t => t.Hand)));
        // The ratio of neighbours: a machine that is slower for a while is slower for both.
        var ratio = Measure.Median(timed.Select(t => t.Trainer / t.Hand)) - 1;
        var load = File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
        Console.WriteLine($"LLaVA tiny, stage {stage.Name}, {name}: batches of {Batch} in float32, {get_num_threads()} threads, medians of {timed.Count} steps, load {load}");
        Console.WriteLine($"  by hand {1e3 * theirs,8:N1} ms a step ({1e3 * Measure.Median(hand.Updates.Skip(Warmup)):N1} of them AdamW), {Batch / theirs,7:N1} samples/s; trainer {1e3 * ours,8:N1} ms a step, {Batch / ours,7:N1} samples/s; difference {ratio:+0.0%;-0.0%}; losses differ by {turns.Largest:0.0e+00} at most");
    }

    /// <summary>Makes a step by hand after each of the trainer's, and compares their losses.</summary>
    private sealed class InTurn(ByHand hand) : ITrainingWatcher
    {
        public List<(double Trainer, double Hand)> Steps { get; } = [];

        /// <summary>The largest difference of two losses.</summary>
        public double Largest { get; private set; }

        public void Step(StepReport report)
        {
            var loss = 0.0;
            var seconds = Measure.Seconds(() => loss = hand.Step(report.Step - 1));
            Largest = Math.Max(Largest, Math.Abs(loss - report.Loss));
            // What is timed must be the same computation: nothing is reported of another.
            if (Steps.Count < Warmup && Largest > Agreement)
                throw new InvalidOperationException($"step {report.Step}: the trainer's loss is {report.Loss}, by hand it is {loss}");
            Steps.Add((report.Seconds, seconds));
        }

        public void StageStarted(string stage, long step, long steps)
        {
        }

        public void Saved(string stage, long step, string path)
        {
        }

        public void StageEnded(string stage)
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>The training loop that goes with the hand-written model. It takes the same samples, read and padded as the trainer reads and pads them.</summary>
    private sealed class ByHand : IDisposable
    {
        private readonly HandWrittenLlava _model;
        private readonly (optim.Optimizer Optimizer, double Rate)[] _optimizers;
        private readonly LearningRate _rate;
        private readonly DataLoader _loader;
        private readonly IEnumerator<LoadedSample> _samples;
        private readonly SampleReader _reader;

        public ByHand(MultimodalModel model, Stage stage, PromptBuilder prompts, IDataSet data, long steps)
        {
            var (program, settings) = (model.Program, stage.Optimizer!);
            _model = new HandWrittenLlava(path => model.Weights.Parameters[path]);
            var trained = _model.parameters().Where(p => p.requires_grad).ToLookup(p => p.dim() >= 2);
            _optimizers = [.. trained.Select(g => ((optim.Optimizer)optim.AdamW(g, settings.LearningRate, settings.Beta1, settings.Beta2, settings.Epsilon, g.Key ? settings.WeightDecay : 0), settings.LearningRate))];
            _rate = new LearningRate(stage.Schedule, steps);
            _loader = new DataLoader(data, program.Encoders.ToDictionary(e => e.Name, e => PictureReader.SpecOf(program, e.Name)), new LoaderOptions(Order, Shuffle: true, 2, 2 * Batch, SkipBroken: false, Augment: null), _ => { });
            _samples = _loader.From(0).GetEnumerator();
            _reader = new SampleReader(program, stage, prompts);
        }

        /// <summary>Seconds of each update by TorchSharp's AdamW, which goes from parameter to parameter; the trainer's is LibTorch's fused one.</summary>
        public List<double> Updates { get; } = [];

        /// <summary>One step; gives its loss.</summary>
        public double Step(long step)
        {
            using var scope = NewDisposeScope();
            var samples = new List<TrainingSample>(Batch);
            while (samples.Count < Batch && _samples.MoveNext())
                samples.Add(_reader.Read(_samples.Current));
            var layout = BatchLayout.Pad([.. samples.Select(s => s.Row!)], left: false);
            long[] shape = [samples.Count, layout.Length];
            var pictures = samples.SelectMany(s => s.Loaded.Pixels["vision"]).ToList();
            var pixels = tensor(pictures.SelectMany(p => p).ToArray(), [pictures.Count, 3, 64, 64]);
            foreach (var (optimizer, rate) in _optimizers)
            {
                optimizer.zero_grad();
                foreach (var group in optimizer.ParamGroups)
                    group.LearningRate = rate * _rate.Factor(step);
            }
            var loss = _model.Loss(pixels, tensor(layout.Ids, shape), tensor(Array.ConvertAll(layout.Slots[0], s => s >= 0), shape), tensor(layout.Labels(), shape));
            loss.backward();
            Updates.Add(Measure.Seconds(() =>
            {
                foreach (var (optimizer, _) in _optimizers)
                    optimizer.step();
            }));
            return loss.item<float>();
        }

        public void Dispose()
        {
            _samples.Dispose();
            _loader.Dispose();
            _model.Dispose();
            foreach (var (optimizer, _) in _optimizers)
                optimizer.Dispose();
        }
    }
}
