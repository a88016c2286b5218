using Antlr4.Runtime;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>Recognises, by a few tokens, a line that begins something new: where reading can go on after a mistake.</summary>
internal static class LineStarts
{
    /// <summary>Whether an import, a block or a model begins here; neither can stand inside anything.</summary>
    public static bool BeginsTopLevel(this TokenList list, int index) => list.BeginsLine(index) && list.TypeAt(index) switch
    {
        IMPORT => list.TypeAt(index + 1) == STRING,
        BLOCK => TokenList.IsWord(list.TypeAt(index + 1)),
        MODEL => TokenList.IsWord(list.TypeAt(index + 1)) && list.TypeAt(index + 2) is LPAREN or LINE_LPAREN,
        _ => false,
    };

    /// <summary>Whether the line can be nothing but a new declaration, item, stage line or statement, wherever an expression before it stopped.</summary>
    public static bool BeginsItem(this TokenList list, int index)
    {
        if (!list.BeginsLine(index))
            return false;
        var first = list.TypeAt(index);
        var second = list.BeginsLine(index + 1) ? TokenConstants.EOF : list.TypeAt(index + 1);
        var third = list.BeginsLine(index + 2) ? TokenConstants.EOF : list.TypeAt(index + 2);
        switch (first)
        {
            case FN or RETURN:
                return second is not COLON;
            case IF or FOR:
                return HoldsBrace(list, index);
            case REQUIRE or INJECT or ADAPT or TRAIN or VARIANT or OUTPUT or STAGE or TASK when TokenList.IsName(second) || second is STRING or INT or NOT:
                return true;
            case LPAREN or LINE_LPAREN:
                return BeginsTupleAssignment(list, index);
        }
        if (list.BeginsTopLevel(index))
            return true;
        if (!TokenList.IsName(first))
            return false;
        if (second == ASSIGN || second == LBRACE && ItemWords.Sections.Contains(list.Tokens[index].Text))
            return true;
        if (first is AS or INTO or WITH or BEFORE or AFTER or ATTENDING or REPLACING or AT)
            return false;
        return (TokenList.IsName(second) || second == STRING) && third is ASSIGN or LBRACE
            || TokenList.IsName(second) && (ItemWords.StageSettings.Contains(list.Tokens[index].Text) || ItemWords.TaskEntries.Contains(list.Tokens[index].Text));
    }

    /// <summary>Whether a clause of an item begins here, which follows an expression and is no part of one.</summary>
    public static bool BeginsClause(this TokenList list, int index) => (list.TypeAt(index), list.TypeAt(index + 1)) switch
    {
        (AT or REPLACING, STRING) or (BEFORE or AFTER, AS) or (AS, PREFIX) => EndsOperand(list.TypeAt(index - 1)),
        (INTO or ATTENDING or WITH, var next) => TokenList.IsName(next) && EndsOperand(list.TypeAt(index - 1)),
        _ => false,
    };

    /// <summary>Whether an operand can end with a token.</summary>
    public static bool EndsOperand(int type) => TokenList.IsOperand(type) || type is RPAREN or RBRACKET;

    private static bool HoldsBrace(TokenList list, int index)
    {
        var line = list.Tokens[index].Line;
        for (; index < list.Tokens.Count && list.Tokens[index].Line == line; index++)
            if (list.TypeAt(index) == LBRACE)
                return true;
        return false;
    }

    private static bool BeginsTupleAssignment(TokenList list, int index)
    {
        do
            index++;
        while (TokenList.IsName(list.TypeAt(index)) || list.TypeAt(index) == COMMA);
        return list.TypeAt(index) == RPAREN && list.TypeAt(index + 1) == ASSIGN;
    }

    /// <summary>How deep in brackets each token stands; a bracket itself stands where its bracketed whole stands. Brackets must be balanced.</summary>
    public static int[] Depths(this TokenList list)
    {
        var depths = new int[list.Tokens.Count];
        var depth = 0;
        for (var i = 0; i < depths.Length; i++)
        {
            if (TokenList.IsCloser(list.TypeAt(i)))
                depth--;
            depths[i] = depth;
            if (TokenList.IsOpener(list.TypeAt(i)))
                depth++;
        }
        return depths;
    }
}
