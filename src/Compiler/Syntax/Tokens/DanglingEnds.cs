using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>
/// Reports a line of a body that ends where an expression should go on while the next line begins something new, and puts in what is
/// missing. Without this the next line's first word would be read as the missing operand, and the mistake be reported in the wrong line.
/// </summary>
internal static class DanglingEnds
{
    public static TokenList Repair(TokenList list, List<Diagnostic> diagnostics)
    {
        var repaired = new List<IToken>(list.Tokens.Count);
        var open = new Stack<int>();
        for (var i = 0; i < list.Tokens.Count; i++)
        {
            var token = list.Tokens[i];
            repaired.Add(token);
            if (TokenList.IsOpener(token.Type))
                open.Push(token.Type);
            else if (TokenList.IsCloser(token.Type))
                open.TryPop(out _);
            if (!Dangles(list, i) || open.TryPeek(out var bracket) && bracket != LBRACE)
                continue;
            var wantsName = token.Type is DOT or INTO or TRAIN or AT;
            repaired.Add(TokenList.Inserted(wantsName ? ID : MISSING, "", token));
            // Where the line was broken before, what it lacks at its end is no news.
            list.Ends.Add(list.After(token).Start);
            diagnostics.Add(SyntaxErrors.UnexpectedToken(list.After(token), i + 2 < list.Tokens.Count ? "the end of the line" : "the end of the file",
                token.Type == AT ? "a string" : wantsName ? "a name" : "an expression"));
        }
        return list with { Tokens = repaired };
    }

    private static bool Dangles(TokenList list, int index)
    {
        if (!WantsMore(list, index) || list.TypeAt(index - 1) == DOT)
            return false;
        var next = index + 1;
        return list.TypeAt(next) == TokenConstants.EOF
            || list.BeginsLine(next) && (list.TypeAt(next) == RBRACE || list.BeginsItem(next) || BeginsSetting(list, index, next));
    }

    private static bool WantsMore(TokenList list, int index) => list.TypeAt(index) switch
    {
        ASSIGN or COLON or NOT or AND or OR or RETURN or IF or THEN => true,
        QUESTION => false,
        >= PIPE and <= CARET => true,
        INTO or AT => LineStarts.EndsOperand(list.TypeAt(index - 1)),
        // A line of a stage that is its first word alone, and not the end of what the line before began.
        TRAIN => IsAlone(list, index),
        ID => (ItemWords.StageSettings.Contains(list.Tokens[index].Text) || ItemWords.TaskEntries.Contains(list.Tokens[index].Text)) && IsAlone(list, index),
        _ => false,
    };

    private static bool IsAlone(TokenList list, int index) =>
        list.BeginsPart(index) && list.TypeAt(index + 1) != RBRACE
        && (list.TypeAt(index - 1) is LBRACE or RBRACE || LineStarts.EndsOperand(list.TypeAt(index - 1)));

    private static bool BeginsSetting(TokenList list, int index, int next) =>
        list.TypeAt(index) == COLON && (TokenList.IsWord(list.TypeAt(next)) || list.TypeAt(next) == STRING) && list.TypeAt(next + 1) == COLON;
}
