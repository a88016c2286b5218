using Antlr4.Runtime;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>
/// Bounds how deep the tree of a file can become before anything recurses over it. Brackets nest, and so do operators: <c>- - a</c>,
/// <c>a + b + c</c>, <c>a.b.c</c> are as deep as they have signs.
/// </summary>
internal static class NestingLimit
{
    public const int Depth = 200;

    /// <summary>The first token that is too deep, or null.</summary>
    public static IToken? FirstTooDeep(TokenList list)
    {
        var open = new Stack<(int Type, int Depth)>();
        var (depth, previous) = (0, TokenConstants.EOF);
        foreach (var token in list.Tokens)
        {
            // After a dot every word is a name.
            var type = previous == DOT && TokenList.IsWord(token.Type) ? ID : token.Type;
            if (TokenList.IsCloser(type))
            {
                depth = Close(open, type) ?? depth;
            }
            else
            {
                if (BeginsExpression(type, previous))
                    depth = open.TryPeek(out var around) ? around.Depth : 0;
                if (IsOperator(type) || TokenList.IsOpener(type))
                    depth++;
                if (depth > Depth)
                    return token;
                if (TokenList.IsOpener(type))
                    open.Push((type, depth));
            }
            previous = type;
        }
        return null;
    }

    /// <summary>The depth after a closing bracket; null for one that closes nothing, which the repair of brackets will leave out.</summary>
    private static int? Close(Stack<(int Type, int Depth)> open, int closer)
    {
        if (closer == RBRACE && open.Any(bracket => bracket.Type == LBRACE))
            while (open.Peek().Type != LBRACE)
                open.Pop();
        return open.TryPeek(out var top) && TokenList.CloserOf(top.Type) == closer ? open.Pop().Depth : null;
    }

    /// <summary>Whether what came before cannot go on with this token, so that it begins at the depth of its surroundings.</summary>
    private static bool BeginsExpression(int type, int previous) =>
        type is COMMA or ASSIGN or COLON or RETURN or FN or FOR or BLOCK or IMPORT
        || (TokenList.IsOperand(previous) || TokenList.IsCloser(previous)) && (TokenList.IsOperand(type) || type is IF or LINE_LPAREN or LINE_LBRACKET);

    private static bool IsOperator(int type) => type is >= PIPE and <= CARET or AND or OR or NOT or IF;
}
