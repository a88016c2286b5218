using System.Collections.Immutable;
using Mllm.Cli.Training;
using Mllm.Runtime.Data;

namespace Mllm.Cli.Comparison;

/// <summary>The YAML file of a comparison. Paths are relative to the file.</summary>
internal sealed class CompareFile
{
    public List<Entry> Models { get; set; } = [];

    public string? Out { get; set; }

    public List<string> Data { get; set; } = [];

    public List<string> Test { get; set; } = [];

    public long? Steps { get; set; }

    public double? Minutes { get; set; }

    public List<ulong>? Seeds { get; set; }

    public int? Batch { get; set; }

    public double? LearningRate { get; set; }

    public double? Warmup { get; set; }

    public Augmentation? Augment { get; set; }

    public List<string> Weights { get; set; } = [];

    public string? Tokenizer { get; set; }

    /// <summary>Stages with their shares of the budget.</summary>
    public Dictionary<string, double> Stages { get; set; } = [];

    public string? Task { get; set; }

    public int? MaxTokens { get; set; }

    public int? Limit { get; set; }

    public string? Device { get; set; }

    public string? Dtype { get; set; }

    public int? Threads { get; set; }

    /// <summary>One model.</summary>
    internal sealed class Entry
    {
        /// <summary>The .mllm file.</summary>
        public string? File { get; set; }

        public string? Name { get; set; }

        public string? Variant { get; set; }

        public Dictionary<string, string> Set { get; set; } = [];

        public List<string> Weights { get; set; } = [];

        public string? Task { get; set; }

        public Dictionary<string, double> Stages { get; set; } = [];
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="Failure">It cannot be read, or says something that no comparison has.</exception>
    public static CompareFile Read(string path)
    {
        var file = YamlFile.Read<CompareFile>(path, out var at);
        (file.Out, file.Tokenizer) = (file.Out is { } o ? at(o) : null, file.Tokenizer is { } t ? at(t) : null);
        (file.Data, file.Test, file.Weights) = (file.Data.ConvertAll(d => at(d)), file.Test.ConvertAll(d => at(d)), file.Weights.ConvertAll(w => at(w)));
        foreach (var model in file.Models)
        {
            model.File = at(model.File ?? throw new Failure($"{path}: a model has no `file`"));
            model.Weights = model.Weights.ConvertAll(w => at(w));
        }
        return file;
    }

    /// <summary>The models it names.</summary>
    public IEnumerable<(string? Name, Contestant Model)> Contestants => Models.Select(m => (m.Name,
        new Contestant("", new ModelRequest(m.File!, m.Variant, [.. m.Set.Select(s => new Setting(s.Key, s.Value.Trim()))]))
        {
            Weights = [.. m.Weights], Task = m.Task, Stages = [.. m.Stages],
        }));

    /// <summary>The conditions it gives, with the defaults where it gives none.</summary>
    public Conditions ToConditions()
    {
        var standard = new Conditions([.. Data], [.. Test]);
        return standard with
        {
            Steps = Steps,
            Minutes = Minutes,
            Seeds = Seeds is null ? standard.Seeds : [.. Seeds],
            Batch = Batch ?? standard.Batch,
            LearningRate = LearningRate,
            Warmup = Warmup,
            Augment = Augment,
            Weights = [.. Weights],
            Tokenizer = Tokenizer,
            Stages = [.. Stages],
            Task = Task,
            MaxTokens = MaxTokens ?? standard.MaxTokens,
            Limit = Limit,
            Device = Device ?? standard.Device,
            Dtype = Dtype ?? standard.Dtype,
            Threads = Threads,
        };
    }
}
