using System.Globalization;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>The mistakes of spelling and structure, MLLM1001 to MLLM1019.</summary>
public static class SyntaxErrors
{
    /// <param name="found">What stands there, in words: <c>`)`</c>, <c>the number `3`</c>, <c>the end of the file</c>.</param>
    /// <param name="expected">What could stand there, in words: <c>an expression</c>, <c>`,` or `)`</c>.</param>
    public static Diagnostic UnexpectedToken(Span at, string found, string expected, string? help = null) =>
        Error("MLLM1001", $"found {found} where {expected} was expected", at, $"expected {expected}") with { Help = help };

    /// <summary>The comma after an item, a statement or a declaration.</summary>
    public static Diagnostic NeedlessComma(Span comma, string after) =>
        Error("MLLM1001", $"found `,` after {after}", comma, "no comma here") with
        {
            Help = "commas separate arguments, elements and settings; nothing separates the lines of a body",
            Fix = new Fix("remove the comma", comma, ""),
        };

    /// <param name="at">Where the closing bracket was expected.</param>
    /// <param name="opener">The bracket that nothing closes.</param>
    public static Diagnostic UnclosedBracket(Span at, Span opener, char closer) =>
        Error("MLLM1002", $"`{opener.Text}` is never closed", at, $"expected `{closer}`") with
        {
            Secondary = [new Label(opener, $"this `{opener.Text}` is open")],
            Fix = new Fix($"insert `{closer}`", at, closer.ToString()),
        };

    /// <param name="open">The innermost bracket that is open there, if any.</param>
    public static Diagnostic StrayBracket(Span at, Span? open) =>
        Error("MLLM1003", $"`{at.Text}` closes nothing", at, open is { } span ? $"`{span.Text}` is open here" : "no bracket is open here") with
        {
            Secondary = open is { } opener ? [new Label(opener, "the innermost open bracket")] : [],
        };

    /// <param name="place">Where the word stands: <c>a model</c>, <c>a stage</c>, <c>a file</c>.</param>
    /// <param name="near">The word that was probably meant.</param>
    public static Diagnostic UnknownWord(Span at, string place, IReadOnlyList<string> accepted, string? near, string? help = null) =>
        Error("MLLM1004", $"`{at.Text}` begins nothing that {place} can hold", at, near is null ? "unknown word" : $"did you mean `{near}`?") with
        {
            Help = help ?? $"{place} holds {Words.List(accepted)}",
            Fix = near is null ? null : new Fix($"write `{near}`", at, near),
        };

    public static Diagnostic UnterminatedString(Span at) =>
        Error("MLLM1005", "the string does not end on its line", at, "expected a closing `\"`") with
        {
            Help = "a line break inside a string is written `\\n`",
        };

    public static Diagnostic BadEscape(Span at) =>
        Error("MLLM1006", $"`{at.Text}` is not an escape", at, "unknown escape") with
        {
            Help = "the escapes are `\\n`, `\\t`, `\\\"` and `\\\\`",
            Fix = new Fix("write a backslash", at, "\\" + at.Text),
        };

    public static Diagnostic BadCharacter(Span at)
    {
        var text = at.Text;
        var code = char.IsSurrogatePair(text, 0) ? char.ConvertToUtf32(text, 0) : text[0];
        var several = text.Length > (char.IsSurrogatePair(text, 0) ? 2 : 1);
        var shown = char.IsControl(text[0]) || char.IsWhiteSpace(text[0]) || several && text.Any(char.IsControl)
            ? $"the character U+{code.ToString("X4", CultureInfo.InvariantCulture)}"
            : several ? $"`{text}`" : $"`{text}` (U+{code.ToString("X4", CultureInfo.InvariantCulture)})";
        return Error("MLLM1007", $"{shown} has no meaning outside a string or a comment", at, several ? "unknown characters" : "unknown character") with
        {
            Help = text[0] is '\u201c' or '\u201d' or '\u2018' or '\u2019' ? "strings stand in straight quotes: \"text\"" : "names are made of the letters a to z, digits and `_`",
        };
    }

    public static Diagnostic NumberTooLarge(Span at, bool isInteger) =>
        Error("MLLM1008", "the number is too large", at, isInteger ? $"the largest integer is {long.MaxValue}" : "the largest number is about 1.8e308");

    public static Diagnostic BadNumber(Span at) =>
        Error("MLLM1009", $"`{at.Text}` is neither a number nor a name", at, "not a number") with
        {
            Help = "numbers are written like `4096`, `4_096`, `0.5` or `1e-5`; a name begins with a letter, and a variant's name that begins with a digit stands in quotes",
        };

    public static Diagnostic NestingTooDeep(Span at, int limit) =>
        Error("MLLM1010", $"brackets and operators nest deeper than {limit} here", at, "too deep") with
        {
            Help = "give a part of it a name of its own",
        };

    /// <summary><c>=</c> where <c>:</c> is written, or the other way round.</summary>
    /// <param name="what">What is written with the right sign, in the plural: <c>named arguments</c>.</param>
    public static Diagnostic WrongSign(Span at, string what, string sign) =>
        Error("MLLM1011", sign.Length == 0 ? $"{what} are written without a sign" : $"{what} are written with `{sign}`, not `{at.Text}`", at,
            sign.Length == 0 ? "remove this" : $"expected `{sign}`") with
        {
            Fix = new Fix(sign.Length == 0 ? $"remove `{at.Text}`" : $"write `{sign}`", at, sign),
        };

    public static Diagnostic ReservedWord(Span at, string what) =>
        Error("MLLM1012", $"`{at.Text}` is a reserved word and cannot be {what}", at, "reserved word") with
        {
            Help = $"reserved are {Words.List(ReservedWords)}; `{at.Text}_` is a name",
            Fix = new Fix($"write `{at.Text}_`", at, at.Text + "_"),
        };

    /// <param name="at">The empty span where the comma belongs.</param>
    public static Diagnostic MissingComma(Span at, string what) =>
        Error("MLLM1013", $"a comma is missing between two {what}", at, "expected `,`") with { Fix = new Fix("insert `,`", at, ",") };

    /// <summary>A sign or form of another language.</summary>
    /// <param name="replacement">What the language writes instead, if one text can stand for it.</param>
    public static Diagnostic ForeignSpelling(Span at, string message, string help, string? replacement) =>
        Error("MLLM1014", message, at, "not in this language") with
        {
            Help = help,
            Fix = replacement is null ? null : new Fix(replacement.Length == 0 ? "remove it" : $"write `{replacement}`", at, replacement),
        };

    /// <param name="what">What must stand in quotes: <c>the path after `at`</c>.</param>
    public static Diagnostic QuotesMissing(Span at, string what) =>
        Error("MLLM1015", $"{what} is a string", at, "expected quotes") with { Fix = new Fix("add quotes", at, $"\"{at.Text}\"") };

    /// <param name="what"><c>comparisons</c> or <c>ranges</c>.</param>
    public static Diagnostic Chain(Span at, Span first, string what, string help) =>
        Error("MLLM1016", $"{what} do not chain", at, "second one") with { Secondary = [new Label(first, "first one")], Help = help };

    public static Diagnostic UnknownType(Span at, string found, string what, IReadOnlyList<string> accepted, string? near) =>
        Error("MLLM1017", $"`{found}` is not the type of {what}", at, near is null ? "unknown type" : $"did you mean `{near}`?") with
        {
            Help = $"the types are {Words.List(accepted)}",
            Fix = near is null ? null : new Fix($"write `{near}`", at, near),
        };

    public static Diagnostic OpenRange(Span at) =>
        Error("MLLM1018", "a range without a beginning or an end stands only inside an index", at, "open range") with
        {
            Help = "`x[2..]` cuts a tensor; a list or a loop needs both ends, as in `0..n`",
        };

    public static Diagnostic TooManyErrors(Span at, int limit) =>
        Error("MLLM1019", $"more than {limit} mistakes of syntax; the rest of the file was not read", at, "reading stopped here");

    private static readonly string[] ReservedWords =
        ["and", "block", "else", "false", "fn", "for", "if", "import", "in", "none", "not", "or", "return", "then", "true"];

    private static Diagnostic Error(string code, string message, Span at, string label) => new(code, Severity.Error, message, new Label(at, label));
}
