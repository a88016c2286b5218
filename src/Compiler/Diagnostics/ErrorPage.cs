using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Mllm.Compiler.Diagnostics;

/// <summary>
/// The page about one code, <c>docs/errors/MLLMnnnn.md</c>: a title line <c># MLLM4001: short name</c>, what the finding means, the example in a fenced block,
/// what the compiler says about it in a <c>text</c> block, and how to mend it. The example is a <c>mllm</c> block, which a test compiles, or a <c>console</c>
/// block for a finding that no source text alone can give.
/// </summary>
public sealed record ErrorPage(string Code, string Title, string Markdown)
{
    private const string Folder = "errors/";

    private static readonly Lazy<FrozenDictionary<string, string>> Resources = new(() => typeof(ErrorPage).Assembly.GetManifestResourceNames()
        .Where(n => n.StartsWith(Folder, StringComparison.Ordinal))
        .ToFrozenDictionary(n => Path.GetFileNameWithoutExtension(n[Folder.Length..]), StringComparer.OrdinalIgnoreCase));

    /// <summary>The codes that have a page, in order.</summary>
    public static IEnumerable<string> Codes => Resources.Value.Keys.Order(StringComparer.Ordinal);

    /// <summary>The example's text, or null when the page has none that could be compiled.</summary>
    public string? Example => Block("mllm");

    /// <summary>A command, after <c>$ </c>, and what it prints: shows the finding where no source text alone can.</summary>
    public string? Session => Block("console");

    /// <summary>The plain rendering of the example's findings.</summary>
    public string? Rendering => Block("text");

    /// <summary>The page of a code, also written <c>mllm4001</c> or <c>4001</c>; null when there is none.</summary>
    public static ErrorPage? Find(string code)
    {
        var name = code.Length == 4 && code.All(char.IsAsciiDigit) ? "MLLM" + code : code;
        if (!Resources.Value.TryGetValue(name, out var resource))
            return null;
        using var reader = new StreamReader(typeof(ErrorPage).Assembly.GetManifestResourceStream(resource)!);
        return Parse(reader.ReadToEnd());
    }

    /// <summary>Reads a page; null when its first line is not a title.</summary>
    public static ErrorPage? Parse(string markdown)
    {
        markdown = markdown.ReplaceLineEndings("\n");
        var title = Regex.Match(markdown, @"\A# (MLLM\d{4}): (\S.*)\n");
        return title.Success ? new ErrorPage(title.Groups[1].Value, title.Groups[2].Value, markdown) : null;
    }

    /// <summary>The page with another text in its <c>text</c> block.</summary>
    public ErrorPage WithRendering(string rendering) => With("text", rendering);

    /// <summary>The page with another text in its <c>console</c> block.</summary>
    public ErrorPage WithSession(string session) => With("console", session);

    private ErrorPage With(string kind, string text) => this with { Markdown = Fence(kind).Replace(Markdown, _ => $"```{kind}\n{text}```", 1) };

    private string? Block(string kind) => Fence(kind).Match(Markdown) is { Success: true } block ? block.Groups[1].Value : null;

    private static Regex Fence(string kind) => new($@"^```{kind}\n((?:.*\n)*?)```$", RegexOptions.Multiline);
}
