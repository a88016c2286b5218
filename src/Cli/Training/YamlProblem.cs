using System.Reflection;
using System.Text.RegularExpressions;
using Mllm.Cli.CommandLine;
using Mllm.Runtime.Data;
using YamlDotNet.Core;
using YamlDotNet.Serialization.NamingConventions;

namespace Mllm.Cli.Training;

/// <summary>What is wrong with a file of settings, in the words of the file: its settings, not the types that hold them.</summary>
internal static partial class YamlProblem
{
    /// <summary>What the library found, with its place.</summary>
    /// <param name="type">What holds the file's settings; those of groups are held by types inside it.</param>
    public static Failure Of(YamlException problem, string path, Type type)
    {
        Type[] types = [type, .. type.GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic), typeof(Augmentation)];
        var inner = problem;
        while (inner.InnerException is YamlException { Start.Line: > 0 } next)
            inner = next;
        var where = $"{path}:{inner.Start.Line}:{inner.Start.Column}";
        var message = inner.InnerException?.Message ?? inner.Message;
        if (UnknownSetting().Match(message) is { Success: true } unknown)
        {
            var names = Names(types.FirstOrDefault(t => t.FullName == unknown.Groups[2].Value) ?? type).Keys.Order(StringComparer.Ordinal).ToList();
            return new Failure($"{where}: there is no setting `{unknown.Groups[1].Value}` here") { Help = Arguments.DidYouMean(unknown.Groups[1].Value, names) ?? $"there are {string.Join(", ", names)}" };
        }
        var line = File.ReadLines(path).Skip((int)inner.Start.Line - 1).FirstOrDefault() ?? "";
        var key = SettingOfLine().Match(line) is { Success: true } found ? found.Groups[1].Value : null;
        if (key is not null && inner.InnerException is not null && types.Select(t => Names(t).GetValueOrDefault(key)).FirstOrDefault(p => p is not null) is { } property)
            return new Failure($"{where}: `{key}` is not {Kind(property.PropertyType)}: {line.Trim()}");
        // Of the library's sentences only those about the text itself mean something to the person; a failed conversion is said by the line.
        return new Failure(inner.InnerException is null && !message.Contains("Mllm", StringComparison.Ordinal) ? $"{where}: {message.TrimEnd('.')}"
            : $"{where}: this is not what belongs here: {line.Trim()}") { Help = "docs/training.md has all settings with their kinds" };
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
