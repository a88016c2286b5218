using System.Reflection;
using System.Text.RegularExpressions;
using Mllm.Cli.CommandLine;
using Mllm.Runtime.Data;
using YamlDotNet.Core;
using YamlDotNet.Serialization.NamingConventions;

namespace Mllm.Cli.Training;

/// <summary>What is wrong with a run's file, in the words of the file: its settings, not the types that hold them.</summary>
internal static partial class RunFileProblem
{
    private static readonly Type[] Types = [typeof(RunFile), typeof(RunFile.StageSettings), typeof(Augmentation)];

    /// <summary>What the library found, with its place.</summary>
    public static Failure Of(YamlException problem, string path)
    {
        var inner = problem;
        while (inner.InnerException is YamlException { Start.Line: > 0 } next)
            inner = next;
        var where = $"{path}:{inner.Start.Line}:{inner.Start.Column}";
        var message = inner.InnerException?.Message ?? inner.Message;
        if (UnknownSetting().Match(message) is { Success: true } unknown)
        {
            var names = Names(Types.FirstOrDefault(t => t.FullName == unknown.Groups[2].Value) ?? typeof(RunFile)).Keys.Order(StringComparer.Ordinal).ToList();
            return new Failure($"{where}: there is no setting `{unknown.Groups[1].Value}` here") { Help = Arguments.DidYouMean(unknown.Groups[1].Value, names) ?? $"there are {string.Join(", ", names)}" };
        }
        var line = File.ReadLines(path).Skip((int)inner.Start.Line - 1).FirstOrDefault() ?? "";
        var key = SettingOfLine().Match(line) is { Success: true } found ? found.Groups[1].Value : null;
        if (key is not null && inner.InnerException is not null && Types.Select(t => Names(t).GetValueOrDefault(key)).FirstOrDefault(p => p is not null) is { } property)
            return new Failure($"{where}: `{key}` is not {Kind(property.PropertyType)}: {line.Trim()}");
        // Of the library's sentences only those about the text itself mean something to the person; a failed conversion is said by the line.
        return new Failure(inner.InnerException is null && !message.Contains("Mllm", StringComparison.Ordinal) ? $"{where}: {message.TrimEnd('.')}"
            : $"{where}: this is not what belongs here: {line.Trim()}") { Help = "docs/training.md has all settings with their kinds" };
    }

    /// <summary>Refuses numbers that no run can have.</summary>
    public static void Require(RunFile file, string path)
    {
        AtLeast("save_every", file.SaveEvery, 1);
        AtLeast("keep", file.Keep, 1);
        AtLeast("workers", file.Workers, 0);
        AtLeast("threads", file.Threads, 1);
        AtLeast("cache_mib", file.CacheMib, 0);
        foreach (var stage in file.AllSettings)
        {
            AtLeast("batch", stage.Batch, 1);
            AtLeast("accumulate", stage.Accumulate, 1);
            AtLeast("steps", stage.Steps, 1);
            AtLeast("warmup", stage.Warmup, 0);
            AtLeast("learning_rate", stage.LearningRate, 0);
            AtLeast("weight_decay", stage.WeightDecay, 0);
            Above("epochs", stage.Epochs);
            Above("clip", stage.Clip);
            if (stage.Augment?.Problem is { } problem)
                throw new Failure($"{path}: `augment`: {problem}");
        }

        void AtLeast(string name, double? value, double least)
        {
            if (value is { } number && !(number >= least))
                throw new Failure(FormattableString.Invariant($"{path}: `{name}` is {number}: expected at least {least}"));
        }

        void Above(string name, double? value)
        {
            if (value is { } number && !(number > 0))
                throw new Failure(FormattableString.Invariant($"{path}: `{name}` is {number}: expected more than 0"));
        }
    }

    private static Dictionary<string, PropertyInfo> Names(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite)
        .ToDictionary(p => UnderscoredNamingConvention.Instance.Apply(p.Name), StringComparer.Ordinal);

    private static string Kind(Type type)
    {
        var own = Nullable.GetUnderlyingType(type) ?? type;
        return own == typeof(string) ? "a text" : own == typeof(bool) ? "true or false" : own == typeof(double) ? "a number"
            : own == typeof(int) || own == typeof(long) || own == typeof(ulong) ? "a whole number" : own == typeof(List<string>) ? "a list [...]" : "a group of settings";
    }

    [GeneratedRegex("Property '(.*)' not found on type '(.*)'")]
    private static partial Regex UnknownSetting();

    [GeneratedRegex(@"^\s*(?:-\s+)?""?([a-z_]+)""?\s*:")]
    private static partial Regex SettingOfLine();
}
