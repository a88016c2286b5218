using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>A sign or form of other languages, and what it is here.</summary>
/// <param name="Type">The token that it is read as, or <see cref="Nothing"/>.</param>
/// <param name="Text">The text of that token.</param>
/// <param name="Replacement">What can stand in its place in the file, if one text can.</param>
internal sealed record ForeignSpelling(int Type, string Text, string Message, string Help, string? Replacement)
{
    /// <summary>The type of what the parser does not see.</summary>
    public const int Nothing = 0;

    public static ForeignSpelling Of(string text) => text switch
    {
        "&&" or "&" => Sign(text, AND, "and"),
        "||" => Sign(text, OR, "or"),
        "!" => Sign(text, NOT, "not") with { Replacement = "not " },
        "|" => Sign(text, PIPE, "|>"),
        "**" => Sign(text, CARET, "^"),
        "=>" => Sign(text, ARROW, "->"),
        ":=" => Sign(text, ASSIGN, "="),
        "===" => Sign(text, EQ, "=="),
        "!==" or "<>" => Sign(text, NE, "!="),
        "..." => Sign(text, RANGE, ".."),
        ";" => Left("`;` ends nothing in this language", "a line needs no sign at its end", ""),
        "+=" or "-=" or "*=" or "/=" =>
            new ForeignSpelling(ASSIGN, "=", $"`{text}` is no assignment in this language", $"write `x = x {text[0]} ...`", null),
        _ when text[0] == '\'' => Quoted(text[1..^1]),
        _ when text[0] == '#' => Left("`#` begins no comment", "comments begin with `//`", "//" + text[1..]),
        _ => Left("`/*` begins no comment", "each line of a comment begins with `//`", null),
    };

    private static ForeignSpelling Sign(string text, int type, string sign) =>
        new(type, sign, $"`{text}` is not a sign of this language", $"write `{sign}`", sign);

    private static ForeignSpelling Left(string message, string help, string? replacement) => new(Nothing, "", message, help, replacement);

    private static ForeignSpelling Quoted(string inner) => new(STRING, $"\"{inner}\"", "strings stand in double quotes", "write \"text\"",
        inner.Contains('"', StringComparison.Ordinal) ? null : $"\"{inner}\"");
}
