using System.Text.RegularExpressions;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Syntax.Tokens;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>A shipped model's text with one variant in the place of its own, and without what reads configurations.</summary>
internal static class ImportedText
{
    public const string Variant = "imported";
    private const int Width = 150;

    /// <param name="name">What the model is called; null for the shipped name.</param>
    /// <param name="head">The line that stands above everything, without its slashes.</param>
    public static string Of(ConfigReading reading, string? name, string head)
    {
        var (source, model) = (reading.Model.Span.Source, reading.Model);
        var variants = model.Items.OfType<VariantSyntax>().ToList();
        var dropped = variants.Select(v => v.Span).Concat(model.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == ConfigReader.Kind).Select(s => s.Span));
        const string beginning = $"  variant {Variant} = ";
        var variant = beginning + SettingText.Model(name ?? model.Name.Text, model, reading.Shipped.Module, reading.Values).Fill(beginning.Length, Width) + "\n";
        var edits = dropped.Select(span => WithItsLines(source.Text, span)).Distinct().OrderBy(e => e.Start).Select(e => (e.Start, e.End, Text: "")).ToList();
        // The new one stands where the first stood, or at the end.
        if (variants.Count == 0)
            edits.Add((LineStart(source.Text, model.Span.End - 1), LineStart(source.Text, model.Span.End - 1), "\n" + variant));
        else
            edits[edits.FindIndex(e => e.End > variants[0].Span.Start)] = WithItsLines(source.Text, variants[0].Span) is var (start, end) ? (start, end, variant) : default;
        if (name is not null)
            edits.Add((model.Name.Span.Start, model.Name.Span.End, name));
        var text = edits.OrderByDescending(e => e.Start).Aggregate(source.Text, (t, e) => t[..e.Start] + e.Text + t[e.End..]);
        return $"// {head}\n" + Tidy(WithoutNeedlessImports(reading, text));
    }

    /// <summary>
    /// The text without the keys of checkpoints that only other settings of the model have: a key is wrong where no variant has it, and but one is left. Null
    /// where nothing is to be left out.
    /// </summary>
    /// <param name="model">The model of the text.</param>
    public static string? WithoutForeignKeys(ModelSyntax? model, IEnumerable<Diagnostic> faults)
    {
        if (model is null)
            return null;
        var source = model.Span.Source;
        var places = faults.Select(f => f.Primary.Span).Where(s => ReferenceEquals(s.Source, source)).ToList();
        var foreign = model.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == CheckpointReader.Kind).SelectMany(s => s.Settings)
            .Where(s => places.Any(p => p.Start >= s.Key.Span.Start && p.End <= s.Key.Span.End))
            .Select(s => (s.Span.Start, End: AfterComma(source.Text, s.Span.End))).OrderByDescending(s => s.Start).ToList();
        return foreign.Count == 0 ? null : Tidy(foreign.Aggregate(source.Text, (text, cut) => text.Remove(cut.Start, cut.End - cut.Start)));
    }

    private static int AfterComma(string text, int end)
    {
        var comma = end;
        while (comma < text.Length && char.IsWhiteSpace(text[comma]))
            comma++;
        if (comma >= text.Length || text[comma] != ',')
            return end;
        do
            comma++;
        while (comma < text.Length && char.IsWhiteSpace(text[comma]));
        return comma;
    }

    /// <summary>An item with what is said about it: the comment before it and the one at the end of its line.</summary>
    private static (int Start, int End) WithItsLines(string text, Span span)
    {
        var start = LineStart(text, span.Start);
        while (start > 0 && LineStart(text, start - 1) is var before && text[before..start].TrimStart().StartsWith("//", StringComparison.Ordinal))
            start = before;
        var end = text.IndexOf('\n', span.End);
        return (start, end < 0 ? text.Length : end + 1);
    }

    private static int LineStart(string text, int at) => at <= 0 ? 0 : text.LastIndexOf('\n', at - 1) + 1;

    /// <summary>Leaves out the imports of which the text names nothing any more.</summary>
    private static string WithoutNeedlessImports(ConfigReading reading, string text)
    {
        var words = TokenReader.Read(new SourceText("", text), []).Tokens.Select(t => t.Text).ToHashSet(StringComparer.Ordinal);
        var module = reading.Shipped.Module;
        var used = module.VisibleNames.Where(words.Contains).Select(n => module.Find(n)!.Module.File.Source.Path).ToHashSet(StringComparer.Ordinal);
        foreach (var import in module.File.Imports.Reverse().Where(i => !used.Contains(i.Path.Value)))
            text = Regex.Replace(text, $@"^{Regex.Escape(import.Span.Text)}[ \t]*\n", "", RegexOptions.Multiline);
        return text;
    }

    /// <summary>One blank line where several were left, and none before a closing brace.</summary>
    private static string Tidy(string text) => Regex.Replace(Regex.Replace(text, @"\n[ \t]*(\n[ \t]*)+\n", "\n\n"), @"\n\s*\n(\s*\})", "\n$1").TrimEnd() + "\n";
}
