using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using Mllm.Compiler;
using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training;
using Mllm.Runtime.Training.Watching;
using static TorchSharp.torch;

namespace Mllm.Cli.Training;

/// <summary>What a run is made of: the text that tells it from another one, and its manifest.</summary>
internal sealed class RunFacts(TrainRequest request, ModelProgram program, Compilation compilation, ImmutableArray<StageOptions> stages, IReadOnlyList<IDataSet> sets, string dtype, string device)
{
    private readonly string _root = Directory.GetCurrentDirectory();
    private readonly Dictionary<string, DataManifest> _data = new(StringComparer.Ordinal);

    /// <summary>Everything that decides the run's numbers, by names that a person knows. Where files lie decides nothing, what they hold does.</summary>
    public string Fingerprint()
    {
        var parts = new List<KeyValuePair<string, string>>();
        void Add(string name, string value) => parts.Add(KeyValuePair.Create(name, value));
        Add("the model", GraphPrinter.ToText(program.Graph));
        Add("its pictures and prompts", JsonSerializer.Serialize(new { Images = program.Images.Select(i => JsonSerializer.Serialize(i)), program.Tokenizer, Prompt = Written(program.Prompt), Texts = program.Texts.Select(t => new { t.Name, Prompt = Written(t.Prompt) }) }));
        Add("the weights", string.Join("\n", request.Weights.Select(w => string.Join("\n", FilesOf(w).Where(f => Path.GetExtension(f) is ".safetensors" or ".bin" or ".pt" or ".pth").Select(f => $"{Path.GetFileName(f)} {new FileInfo(f).Length}")))));
        Add("the tokenizer", TokenizerSource() is { } source ? string.Join("\n", FilesOf(source).Where(f => Path.GetFileName(f).StartsWith("tokenizer.", StringComparison.Ordinal) || !Directory.Exists(source)).Select(f => HashedFile.Of(f, _root).Sha256)) : "");
        Add("the seed", request.Run.Seed.ToString(CultureInfo.InvariantCulture));
        Add("the dtype", dtype);
        Add("the number of threads", get_num_threads().ToString(CultureInfo.InvariantCulture));
        foreach (var options in stages)
        {
            var stage = program.Stages.First(s => s.Name == options.Stage);
            Add($"the settings of '{stage.Name}'", JsonSerializer.Serialize(new { Options = options with { Data = [] }, stage.Settings, Prompt = Written(stage.Prompt) }));
            Add($"the data of '{stage.Name}'", string.Join("\n", options.Data.Select(DataOf).Select(d => $"{d.Bytes} {d.Sha256}")));
        }
        return RunFingerprint.Of(parts);
    }

    /// <summary>The manifest as the run begins, or goes on from what an earlier process left.</summary>
    /// <param name="path">Where run.json is or will be.</param>
    public RunManifest Manifest(string path, bool resumes)
    {
        var sources = compilation.Sources;
        var manifest = new RunManifest(
            HashedFile.OfText(HashedFile.RelativePath(request.Model.Path, _root), sources[0].Text), [.. sources.Skip(1).Select(s => HashedFile.OfText(s.Path, s.Text))],
            program.Variant, Settings(), [.. stages.Zip(sets, StageOf)], request.Run.Seed, device, dtype, get_num_threads(), RunVersions.OfProcess(), DateTimeOffset.UtcNow);
        try
        {
            return resumes && RunManifest.Read(path) is { } earlier ? manifest.Continuing(earlier) : manifest;
        }
        catch (JsonException)
        {
            // Someone else's file, or a torn one: this run's own is written over it.
            return manifest;
        }
    }

    private StageManifest StageOf(StageOptions options, IDataSet set) => new(options.Stage, options.StepsOver(set.Count), options.Batch, options.Accumulate,
        [.. options.Data.Select(d => options.Data.Length == 1 ? DataOf(d) with { Samples = set.Count } : DataOf(d) with { Samples = DataSets.Open([d]).Count })]);

    private ImmutableSortedDictionary<string, string> Settings()
    {
        var settings = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var setting in request.Model.Settings)
            settings[$"set.{setting.Name}"] = setting.Value;
        for (var i = 0; i < request.Weights.Length; i++)
            settings[$"weights.{i + 1}"] = HashedFile.RelativePath(request.Weights[i], _root);
        if (TokenizerSource() is { } tokenizer)
            settings["tokenizer"] = HashedFile.RelativePath(tokenizer, _root);
        foreach (var stage in stages)
        {
            var standard = new StageOptions(stage.Stage);
            Put(stage, "learning_rate", stage.LearningRate, standard.LearningRate);
            Put(stage, "weight_decay", stage.WeightDecay, standard.WeightDecay);
            Put(stage, "warmup", stage.Warmup, standard.Warmup);
            Put(stage, "clip", stage.Clip, standard.Clip);
            Put(stage, "skip_broken", stage.SkipBroken, standard.SkipBroken);
            Put(stage, "recompute", stage.Recompute, standard.Recompute);
            Put(stage, "augment", stage.Augment, standard.Augment);
        }
        return settings.ToImmutable();

        void Put(StageOptions stage, string name, object? value, object? otherwise)
        {
            if (!Equals(value, otherwise))
                settings[$"{stage.Stage}.{name}"] = value is Augmentation augment ? Written(augment) : string.Create(CultureInfo.InvariantCulture, $"{value}");
        }
    }

    /// <summary>The steps that are not left out, as a recipe writes them.</summary>
    private static string Written(Augmentation augment) => string.Join(", ", typeof(Augmentation).GetProperties()
        .Where(p => p.GetValue(augment) is double and not 0).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Name.ToLowerInvariant()}: {p.GetValue(augment)}")));

    private string? TokenizerSource() => request.Tokenizer ?? request.Weights.LastOrDefault(PromptBuilder.HasTokenizer);

    private DataManifest DataOf(string path) => _data.TryGetValue(path, out var known) ? known : _data[path] = DataManifestFiles.Of(path, _root, 0);

    private static IEnumerable<string> FilesOf(string path) => Directory.Exists(path) ? Directory.EnumerateFiles(path).Order(StringComparer.Ordinal) : File.Exists(path) ? [path] : [];

    /// <summary>A prompt without the place where it is declared.</summary>
    private static object? Written(PromptSettings? prompt) => prompt is null ? null : new { prompt.Template, prompt.Text, prompt.Stop, prompt.Bos, prompt.Start, prompt.End, prompt.Length, prompt.Answer, prompt.Turn };
}
