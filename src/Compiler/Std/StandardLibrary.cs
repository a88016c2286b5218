using System.Reflection;
using System.Text.RegularExpressions;

namespace Mllm.Compiler.Std;

/// <summary>The library text that ships inside the compiler, by its import path (<c>std/clip.mllm</c>).</summary>
public static class StandardLibrary
{
    private static readonly Assembly Assembly = typeof(StandardLibrary).Assembly;

    public static IReadOnlyList<string> Names { get; } =
        [.. Assembly.GetManifestResourceNames().Where(n => n.StartsWith("std/", StringComparison.Ordinal)).Select(n => n.Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>The text of a library file, or null when there is none of that name.</summary>
    public static string? Read(string path)
    {
        using var stream = Assembly.GetManifestResourceStream(path);
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }

    /// <summary>The library file that declares a block, function or model; null when none does.</summary>
    public static string? FileOf(string declaration) => Declarations.Value.GetValueOrDefault(declaration);

    private static readonly Lazy<Dictionary<string, string>> Declarations = new(() => Names
        .SelectMany(file => Regex.Matches(Read(file)!, @"^(?:block|fn|model) (\w+)", RegexOptions.Multiline).Select(m => (Name: m.Groups[1].Value, File: file)))
        .DistinctBy(d => d.Name)
        .ToDictionary(d => d.Name, d => d.File));
}
