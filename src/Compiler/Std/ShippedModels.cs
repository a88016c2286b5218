using System.Reflection;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Std;

/// <summary>The models that ship inside the compiler, by their path (<c>architectures/NAME.mllm</c>).</summary>
public static class ShippedModels
{
    private static readonly Assembly Assembly = typeof(ShippedModels).Assembly;

    public static IReadOnlyList<string> Paths { get; } =
        [.. Assembly.GetManifestResourceNames().Where(n => n.StartsWith("architectures/", StringComparison.Ordinal)).Select(n => n.Replace('\\', '/')).Order(StringComparer.Ordinal)];

    /// <summary>Parses a shipped model; null when there is none of that path.</summary>
    public static Compilation? Load(string path) => Read(path) is { } text ? Compilation.Load(new SourceText(path, text), Read) : null;

    private static string? Read(string path)
    {
        using var stream = Assembly.GetManifestResourceStream(path);
        return stream is null ? null : new StreamReader(stream).ReadToEnd();
    }
}
