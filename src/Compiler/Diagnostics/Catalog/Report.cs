using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>Short forms for the catalog's methods.</summary>
internal static class Report
{
    public static Diagnostic Error(string code, string message, Span span, string label = "", string? help = null) =>
        new(code, Severity.Error, message, new Label(span, label)) { Help = help };

    public static Diagnostic Warning(string code, string message, Span span, string label = "", string? help = null) =>
        new(code, Severity.Warning, message, new Label(span, label)) { Help = help };

    public static Diagnostic Near(this Diagnostic diagnostic, string? name) => name is null ? diagnostic : diagnostic with
    {
        Help = $"did you mean `{name}`?",
        Fix = new Fix($"write `{name}`", diagnostic.Primary.Span, name),
    };

    /// <summary>Names every place once: a label on the primary span or on one that is labelled already is left out.</summary>
    public static Diagnostic SeeOnce(this Diagnostic diagnostic, Span span, string text) =>
        diagnostic.Primary.Span == span || diagnostic.Secondary.Any(l => l.Span == span) ? diagnostic : diagnostic.See(span, text);

    public static Diagnostic See(this Diagnostic diagnostic, Span? span, string text) =>
        span is { } s ? diagnostic with { Secondary = diagnostic.Secondary.Add(new Label(s, text)) } : diagnostic;

    /// <summary><c>a float</c>, <c>an int</c>.</summary>
    public static string Article(string noun) => noun.Length > 0 && "aeiou".Contains(noun[0]) ? $"an {noun}" : $"a {noun}";

    /// <summary>A hyperparameter's type in words: <c>an int</c>, <c>a list of ints</c>, <c>a block or none</c>.</summary>
    public static string TypeInWords(string type) => type switch
    {
        [.. var inner, '?'] => $"{TypeInWords(inner)} or none",
        ['[', .. var inner, ']'] => $"a list of {inner}s",
        _ => Article(type),
    };

    public static string Count(int number, string noun) => number == 1 ? $"1 {noun}" : $"{number} {noun}s";

    public static string Choices(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"`{n}`"));
}
