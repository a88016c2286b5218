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

    public static Diagnostic See(this Diagnostic diagnostic, Span? span, string text) =>
        span is { } s ? diagnostic with { Secondary = diagnostic.Secondary.Add(new Label(s, text)) } : diagnostic;

    public static string Choices(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"`{n}`"));
}
