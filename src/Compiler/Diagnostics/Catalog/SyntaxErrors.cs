using System.Globalization;
using System.Text;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>The mistakes of spelling and structure, MLLM1001 to MLLM1019.</summary>
public static class SyntaxErrors
{
    /// <param name="found">What stands there, in words: <c>`)`</c>, <c>the number `3`</c>, <c>the end of the file</c>.</param>
    /// <param name="expected">What could stand there, in words: <c>an expression</c>, <c>`,` or `)`</c>.</param>
    public static Diagnostic UnexpectedToken(Span at, string found, string expected, string? help = null) =>
        Error(UnexpectedTokenCode, $"found {found} where {expected} was expected", at, $"expected {expected}") with { Help = help };

    /// <summary>The comma after an item, a statement or a declaration.</summary>
    public static Diagnostic NeedlessComma(Span comma, string after) =>
        Error(UnexpectedTokenCode, $"found `,` after {after}", comma, "no comma here") with
        {
            Help = "commas separate arguments, elements and settings; nothing separates the lines of a body",
            Fix = new Fix("remove the comma", comma, ""),
        };

    /// <param name="at">Where the closing brackets were expected.</param>
    /// <param name="openers">The brackets that nothing closes, the innermost first.</param>
    public static Diagnostic UnclosedBracket(Span at, IReadOnlyList<Span> openers, string closers) =>
        Error(UnclosedBracketCode, $"`{openers[0].Text}` is never closed", at, $"expected `{closers}`") with
        {
            Secondary = [.. openers.Select(opener => new Label(opener, $"this `{opener.Text}` is open"))],
            Fix = new Fix($"insert `{closers}`", at, closers),
        };

    /// <param name="open">The innermost bracket that is open there, if any.</param>
    /// <param name="expected">The bracket that would close that one, where it is missing.</param>
    public static Diagnostic StrayBracket(Span at, Span? open, string? expected) =>
        Error(StrayBracketCode, $"`{at.Text}` closes nothing", at, expected is null ? "no bracket for this one" : $"expected `{expected}`") with
        {
            Secondary = open is { } opener ? [new Label(opener, "the innermost open bracket")] : [],
            Fix = expected is null ? new Fix("remove it", at, "") : new Fix($"write `{expected}`", at, expected),
        };

    /// <summary>Two closing brackets in the wrong order, as in <c>f([1)]</c>.</summary>
    /// <param name="opener">The bracket that must be closed first.</param>
    public static Diagnostic CrossedBrackets(Span both, Span opener) =>
        Error(StrayBracketCode, $"`{both.Text}` closes brackets in the wrong order", both, "exchange these") with
        {
            Secondary = [new Label(opener, "this one is closed first")],
            Fix = new Fix("exchange them", both, $"{both.Text[^1]}{both.Text[0]}"),
        };

    /// <param name="place">What the word stands in and what it should begin: <c>a stage has no line</c>.</param>
    /// <param name="near">The word that was probably meant.</param>
    /// <param name="accepted">The words that would have been right.</param>
    public static Diagnostic UnknownWord(Span at, string place, string? near, IReadOnlyList<string> accepted) =>
        Error("MLLM1004", $"{place} `{at.Text}`", at, near is null ? "unknown word" : $"did you mean `{near}`?") with
        {
            Help = near is null ? $"it can be {Words.Choice(accepted)}" : null,
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

    /// <summary>A character that no token has, or a word with one.</summary>
    public static Diagnostic BadCharacter(Span at)
    {
        var rune = at.Text.EnumerateRunes().FirstOrDefault(r => !r.IsAscii || r.Utf16SequenceLength == at.Length);
        var name = $"U+{rune.Value.ToString("X4", CultureInfo.InvariantCulture)}";
        var shown = Rune.IsControl(rune) || Rune.IsWhiteSpace(rune) || rune.Value == 0xFFFD ? $"the character {name}"
            : rune.Utf16SequenceLength == at.Length ? $"`{at.Text}` ({name})" : $"`{rune}` ({name}) in `{at.Text}`";
        return Error("MLLM1007", $"{shown} has no meaning outside a string or a comment", at, "unknown character") with
        {
            Help = rune.Value is >= 0x2018 and <= 0x201F
                ? "strings stand in straight quotes: \"text\""
                : "names are made of the letters a to z, digits and `_`",
        };
    }

    public static Diagnostic NumberTooLarge(Span at, bool isInteger) =>
        Error("MLLM1008", "the number is too large", at,
            isInteger ? $"the largest integer is {long.MaxValue}" : "the largest number is about 1.8e308");

    public static Diagnostic BadNumber(Span at) =>
        Error("MLLM1009", $"`{at.Text}` is neither a number nor a name", at, "not a number") with
        {
            Help = "numbers are written like `4096`, `4_096`, `0.5` or `1e-5`; a name begins with a letter, "
                + "and a variant's name that begins with a digit stands in quotes",
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

    public static Diagnostic ReservedWord(Span at) =>
        Error("MLLM1012", $"`{at.Text}` is a reserved word and cannot be a name", at, "reserved word") with
        {
            Help = $"reserved are {Words.List(ReservedWords)}; `{at.Text}_` is a name",
            Fix = new Fix($"write `{at.Text}_`", at, at.Text + "_"),
        };

    /// <param name="at">The empty span where the comma belongs.</param>
    public static Diagnostic MissingComma(Span at) =>
        Error("MLLM1013", "a comma is missing between two elements", at, "expected `,`") with { Fix = new Fix("insert `,`", at, ",") };

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

    public const string UnexpectedTokenCode = "MLLM1001", UnclosedBracketCode = "MLLM1002", StrayBracketCode = "MLLM1003";

    /// <summary>Whether a code speaks of how tokens follow each other, which another mistake may have brought about.</summary>
    public static bool IsStructural(string code) =>
        code is UnexpectedTokenCode or UnclosedBracketCode or StrayBracketCode or "MLLM1004" or "MLLM1011" or "MLLM1012" or "MLLM1013";

    /// <summary>Which of several diagnostics at one place says most: the one with the lowest rank.</summary>
    public static int Rank(string code) => IsStructural(code) ? code == UnexpectedTokenCode ? 2 : 1 : 0;

    private static readonly string[] ReservedWords =
        ["and", "block", "else", "false", "fn", "for", "if", "import", "in", "none", "not", "or", "return", "then", "true"];

    private static Diagnostic Error(string code, string message, Span at, string label) => new(code, Severity.Error, message, new Label(at, label));
}
