using System.Collections.Immutable;
using Mllm.Runtime.Data;
using Mllm.Runtime.Training;
using YamlDotNet.Core;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace Mllm.Cli.Training;

/// <summary>The YAML file of a run: what belongs to it and not to the architecture. Paths are relative to the file.</summary>
internal sealed class RunFile
{
    /// <summary>The .mllm file.</summary>
    public string? Model { get; set; }

    public string? Variant { get; set; }

    /// <summary>Other values of the variant's parameters.</summary>
    public Dictionary<string, string>? Set { get; set; }

    /// <summary>The folder that the run writes.</summary>
    public string? Out { get; set; }

    /// <summary>Checkpoints that parts begin with, later ones over earlier ones; a part that none has begins with fresh numbers.</summary>
    public List<string>? Weights { get; set; }

    /// <summary>The tokenizer's file or folder.</summary>
    public string? Tokenizer { get; set; }

    public ulong? Seed { get; set; }

    public string? Device { get; set; }

    public string? Dtype { get; set; }

    public int? Threads { get; set; }

    public int? Workers { get; set; }

    public long? SaveEvery { get; set; }

    public int? Keep { get; set; }

    /// <summary>The most MiB of encoder output that are kept between epochs.</summary>
    public long? CacheMib { get; set; }

    /// <summary>By stage of the model, in the model's order; a stage that is not named is not run.</summary>
    public Dictionary<string, StageSettings?>? Stages { get; set; }

    /// <summary>What all stages have unless they say otherwise.</summary>
    public StageSettings? All { get; set; }

    /// <summary>What a stage of a run may say.</summary>
    internal sealed class StageSettings
    {
        public List<string>? Data { get; set; }

        public int? Batch { get; set; }

        public int? Accumulate { get; set; }

        public long? Steps { get; set; }

        public double? Epochs { get; set; }

        public double? LearningRate { get; set; }

        public double? WeightDecay { get; set; }

        public double? Warmup { get; set; }

        public double? Clip { get; set; }

        public bool? SkipBroken { get; set; }

        public bool? Recompute { get; set; }

        public Augmentation? Augment { get; set; }
    }

    internal IEnumerable<StageSettings> AllSettings => (Stages?.Values ?? Enumerable.Empty<StageSettings?>()).Append(All).OfType<StageSettings>();

    /// <summary>Reads a file.</summary>
    /// <exception cref="Failure">It cannot be read, or says something that no run has.</exception>
    public static RunFile Read(string path)
    {
        try
        {
            var file = new DeserializerBuilder().WithNamingConvention(UnderscoredNamingConvention.Instance).WithDuplicateKeyChecking().Build().Deserialize<RunFile>(File.ReadAllText(path)) ?? new RunFile();
            RunFileProblem.Require(file, path);
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            string At(string relative) => Path.GetRelativePath(Directory.GetCurrentDirectory(), Path.Combine(folder, relative));
            (file.Model, file.Out, file.Tokenizer) = (file.Model is { } m ? At(m) : null, file.Out is { } o ? At(o) : null, file.Tokenizer is { } t ? At(t) : null);
            file.Weights = file.Weights?.ConvertAll(At);
            foreach (var stage in file.AllSettings)
                stage.Data = stage.Data?.ConvertAll(At);
            return file;
        }
        catch (YamlException e)
        {
            throw RunFileProblem.Of(e, path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure($"{path} cannot be read: {e.Message}");
        }
    }

    /// <summary>A stage's options: its own, else those of all stages, else the defaults.</summary>
    public StageOptions OptionsOf(string stage)
    {
        var own = Stages?.GetValueOrDefault(stage) ?? new StageSettings();
        var standard = new StageOptions(stage);
        return standard with
        {
            Data = [.. own.Data ?? All?.Data ?? []],
            Batch = own.Batch ?? All?.Batch ?? standard.Batch,
            Accumulate = own.Accumulate ?? All?.Accumulate ?? standard.Accumulate,
            Steps = own.Steps ?? (own.Epochs is null ? All?.Steps : null),
            Epochs = own.Epochs ?? All?.Epochs ?? standard.Epochs,
            LearningRate = own.LearningRate ?? All?.LearningRate,
            WeightDecay = own.WeightDecay ?? All?.WeightDecay,
            Warmup = own.Warmup ?? All?.Warmup,
            Clip = own.Clip ?? All?.Clip,
            SkipBroken = own.SkipBroken ?? All?.SkipBroken ?? false,
            Recompute = own.Recompute ?? All?.Recompute ?? false,
            Augment = own.Augment ?? All?.Augment,
        };
    }
}
