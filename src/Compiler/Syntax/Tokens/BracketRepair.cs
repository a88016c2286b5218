using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>
/// Reports brackets without a partner and balances them, so that the parser never loses its place: a missing bracket is put in where the
/// next item begins, a stray one is left out.
/// </summary>
internal static class BracketRepair
{
    public static TokenList Repair(TokenList list, List<Diagnostic> diagnostics)
    {
        var balance = BracketBalance.Of(list);
        return balance.IsEven ? list : Apply(list, balance, diagnostics);
    }

    private static TokenList Apply(TokenList list, BracketBalance balance, List<Diagnostic> diagnostics)
    {
        var exchanged = Exchanged(balance);
        var crossed = new HashSet<int>();
        var closed = exchanged.Values.ToHashSet();
        var missing = balance.Unclosed.Where(bracket => !closed.Contains(bracket.Opener)).ToLookup(bracket => bracket.At, bracket => bracket.Opener);
        var strays = balance.Strays.ToDictionary(stray => stray.At, stray => stray.Open);
        var repaired = new List<IToken>(list.Tokens.Count);
        for (var i = 0; i < list.Tokens.Count; i++)
        {
            var openers = missing[i].OrderDescending().Select(opener => list.Tokens[opener]).ToList();
            if (openers.Count == 1 && IsCrossed(list, strays, openers[0], i))
            {
                crossed.Add(i + 1);
                var both = list.SpanOf(list.Tokens[i]).Through(list.SpanOf(list.Tokens[i + 1]));
                diagnostics.Add(SyntaxErrors.CrossedBrackets(both, list.SpanOf(openers[0])));
            }
            else if (openers.Count > 0)
                Report(list, repaired, openers, diagnostics);
            foreach (var opener in openers)
                repaired.Add(CloserFor(opener, repaired.LastOrDefault()));
            if (!strays.TryGetValue(i, out var open))
            {
                repaired.Add(list.Tokens[i]);
                continue;
            }
            if (crossed.Contains(i))
                continue;
            var meant = exchanged.TryGetValue(i, out var opened) ? list.Tokens[opened] : null;
            diagnostics.Add(SyntaxErrors.StrayBracket(list.SpanOf(list.Tokens[i]), open is { } at ? list.SpanOf(list.Tokens[at]) : null,
                meant is null ? null : TextOf(meant)));
            if (meant is not null)
                repaired.Add(CloserFor(meant, list.Tokens[i]));
        }
        return list with { Tokens = repaired };
    }

    /// <summary>Whether the bracket that is missing before a closing one stands right after it.</summary>
    private static bool IsCrossed(TokenList list, Dictionary<int, int?> strays, IToken opener, int index) =>
        TokenList.IsCloser(list.TypeAt(index)) && strays.ContainsKey(index + 1) && list.TypeAt(index + 1) == TokenList.CloserOf(opener.Type);

    /// <summary>Stray brackets that stand where another kind is missing, with the opening bracket that they were meant to close.</summary>
    private static Dictionary<int, int> Exchanged(BracketBalance balance)
    {
        var unclosed = balance.Unclosed.Select(bracket => bracket.Opener).ToHashSet();
        var exchanged = new Dictionary<int, int>();
        foreach (var (at, open) in balance.Strays)
            if (open is { } opener && unclosed.Remove(opener))
                exchanged.Add(at, opener);
        return exchanged;
    }

    /// <summary>One report for all brackets that are missing at one place.</summary>
    private static void Report(TokenList list, List<IToken> before, List<IToken> openers, List<Diagnostic> diagnostics)
    {
        var last = before.LastOrDefault();
        // The string took the bracket with it.
        if (last is not null && list.BrokenLines.Contains(last.Line))
            return;
        var closers = string.Concat(openers.Select(TextOf));
        diagnostics.Add(SyntaxErrors.UnclosedBracket(list.After(last), [.. openers.Select(list.SpanOf)], closers));
        foreach (var opener in openers.Where(opener => opener.Type != LBRACE))
            list.Doubtful.Add(list.SpanOf(opener).Through(list.After(last)));
    }

    private static IToken CloserFor(IToken opener, IToken? after) => TokenList.Inserted(TokenList.CloserOf(opener.Type), TextOf(opener), after);

    private static string TextOf(IToken opener) => TokenList.CloserOf(opener.Type) switch { RPAREN => ")", RBRACKET => "]", _ => "}" };
}
