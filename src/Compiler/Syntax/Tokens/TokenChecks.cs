using System.Globalization;
using System.Text;
using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>Reports what is wrong with one token by itself and gives it the type that lets the parser read on.</summary>
internal sealed class TokenChecks(TokenList list, List<Diagnostic> diagnostics)
{
    /// <summary>Whether the parser is to see the token.</summary>
    public bool Keep(CommonToken token)
    {
        switch (token.Type)
        {
            case STRING:
                CheckEscapes(token);
                return true;
            case UNTERMINATED_STRING:
                Report(SyntaxErrors.UnterminatedString(list.SpanOf(token)));
                list.BrokenLines.Add(token.Line);
                token.Type = STRING;
                return true;
            case INT:
                if (!long.TryParse(Digits(token), NumberStyles.None, CultureInfo.InvariantCulture, out _))
                    Report(SyntaxErrors.NumberTooLarge(list.SpanOf(token), isInteger: true));
                return true;
            case FLOAT:
                if (!double.IsFinite(double.Parse(Digits(token), NumberStyles.Float, CultureInfo.InvariantCulture)))
                    Report(SyntaxErrors.NumberTooLarge(list.SpanOf(token), isInteger: false));
                return true;
            case BAD_NUMBER:
                Report(SyntaxErrors.BadNumber(list.SpanOf(token)));
                list.Gaps.Add(token.StartIndex);
                token.Type = INT;
                return true;
            case DOT when IsTrailing(token):
                Report(SyntaxErrors.BadNumber(list.SpanOf(list.Tokens[^1]).Through(list.SpanOf(token))));
                return false;
            case BAD_NAME:
                Report(SyntaxErrors.BadCharacter(list.SpanOf(token)));
                token.Type = ID;
                return token.Text.EnumerateRunes().Any(Rune.IsLetterOrDigit);
            case BAD_CHARACTER:
                Report(SyntaxErrors.BadCharacter(list.SpanOf(token)));
                return false;
            case FOREIGN:
                return Translate(token);
            default:
                return true;
        }
    }

    /// <summary>Whether a dot ends a number, as in <c>2.</c>, instead of leading to a name.</summary>
    private bool IsTrailing(IToken dot)
    {
        if (list.Tokens.Count == 0 || list.Tokens[^1] is not { Type: INT } number || number.StopIndex + 1 != dot.StartIndex)
            return false;
        var next = dot.StopIndex + 1 < list.Source.Text.Length ? list.Source.Text[dot.StopIndex + 1] : ' ';
        return char.IsAsciiDigit(number.Text[^1]) && !char.IsAsciiLetter(next) && next != '_';
    }

    private bool Translate(CommonToken token)
    {
        var foreign = ForeignSpelling.Of(token.Text);
        Report(SyntaxErrors.ForeignSpelling(list.SpanOf(token), foreign.Message, foreign.Help, foreign.Replacement));
        (token.Type, token.Text) = (foreign.Type, foreign.Text);
        return foreign.Type != ForeignSpelling.Nothing;
    }

    private void CheckEscapes(CommonToken token)
    {
        foreach (var offset in StringLiteral.BadEscapes(token.Text))
        {
            var start = token.StartIndex + offset;
            Report(SyntaxErrors.BadEscape(new Span(list.Source, start, start + 2)));
        }
    }

    private void Report(Diagnostic diagnostic) => diagnostics.Add(diagnostic);

    private static string Digits(IToken token) => token.Text.Replace("_", "", StringComparison.Ordinal);
}
