using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>
/// Puts in the comma between two elements that stand side by side in round or square brackets, and leaves out the one at the end of a
/// line of a body; both are reported.
/// </summary>
internal static class CommaRepair
{
    public static TokenList Repair(TokenList list, List<Diagnostic> diagnostics)
    {
        var repaired = new List<IToken>(list.Tokens.Count);
        var open = new Stack<int>();
        for (var i = 0; i < list.Tokens.Count; i++)
        {
            var token = list.Tokens[i];
            var around = open.TryPeek(out var opener) ? list.TypeAt(opener) : LBRACE;
            if (token.Type == COMMA && around == LBRACE && i > 0 && list.BeginsItem(i + 1))
            {
                diagnostics.Add(SyntaxErrors.NeedlessComma(list.SpanOf(token), "a line of a body"));
                continue;
            }
            if (around != LBRACE && LineStarts.EndsOperand(list.TypeAt(i - 1)) && BeginsElement(token.Type) && list.TypeAt(i - 2) != FOR
                && !IsInterval(list, opener) && !LacksColon(list, opener, i))
            {
                diagnostics.Add(SyntaxErrors.MissingComma(list.After(list.Tokens[i - 1])));
                repaired.Add(TokenList.Inserted(COMMA, ",", list.Tokens[i - 1]));
            }
            repaired.Add(token);
            if (TokenList.IsOpener(token.Type))
                open.Push(i);
            else if (TokenList.IsCloser(token.Type))
                open.TryPop(out _);
        }
        return list with { Tokens = repaired };
    }

    private static bool BeginsElement(int type) => TokenList.IsOperand(type) || type is NOT or LINE_LPAREN or LINE_LBRACKET;

    /// <summary>Whether a name in a list of parameters is followed by its type without a colon.</summary>
    private static bool LacksColon(TokenList list, int opener, int index) =>
        list.TypeAt(opener - 2) is BLOCK or MODEL or FN && list.TypeAt(index + 1) != COLON;

    /// <summary>Whether a bracket holds <c>every n from k</c>, whose parts stand side by side.</summary>
    private static bool IsInterval(TokenList list, int opener) => list.TypeAt(opener) == LBRACKET && list.TypeAt(opener + 1) == EVERY;
}
