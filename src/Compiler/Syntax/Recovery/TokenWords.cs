using Antlr4.Runtime;
using Antlr4.Runtime.Misc;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax.Tokens;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>Says in words what a token is and what a set of tokens stands for.</summary>
internal static class TokenWords
{
    private const int LongestText = 40;

    public static string Found(IToken token) => token.Type switch
    {
        TokenConstants.EOF => "the end of the file",
        INT or FLOAT => $"the number `{Shortened(token.Text)}`",
        STRING => $"the text {Shortened(token.Text)}",
        ID => $"the name `{Shortened(token.Text)}`",
        _ => $"`{token.Text}`",
    };

    /// <summary><c>an expression</c>, <c>a name</c>, <c>`,` or `)`</c></summary>
    /// <param name="sign">Which of <c>=</c> and <c>:</c> is the right one, where the grammar takes both.</param>
    public static string Expected(IntervalSet types, int sign)
    {
        var phrases = new List<string>();
        List<int> rest = [.. types.ToList()];
        if (types.Contains(INT) && types.Contains(MINUS))
        {
            phrases.Add("an expression");
            rest.RemoveAll(type => TokenList.IsWord(type) || TokenList.IsOpener(type) || type is INT or FLOAT or STRING or MINUS or RANGE);
        }
        else if (types.Contains(ID))
        {
            phrases.Add("a name");
            rest.RemoveAll(type => TokenList.IsWord(type) || type is INT or FLOAT);
        }
        if (types.Contains(ASSIGN) && types.Contains(COLON))
            rest.Remove(sign == ASSIGN ? COLON : ASSIGN);
        rest.RemoveAll(type => type is MISSING or LINE_LPAREN or LINE_LBRACKET);
        phrases.AddRange(rest.Select(Literal));
        return Words.Join(phrases, "or");
    }

    /// <summary>The words among a set of tokens.</summary>
    public static IEnumerable<string> Keywords(IntervalSet types) =>
        types.ToList().Where(TokenList.IsWord).Select(type => DefaultVocabulary.GetLiteralName(type)).OfType<string>().Select(literal => literal.Trim('\''));

    private static string Literal(int type) => type switch
    {
        TokenConstants.EOF => "the end",
        STRING => "a string",
        _ => DefaultVocabulary.GetLiteralName(type) is { } literal ? $"`{literal.Trim('\'')}`" : DefaultVocabulary.GetDisplayName(type),
    };

    private static string Shortened(string text) => text.Length <= LongestText ? text : string.Concat(text.AsSpan(0, LongestText), "...");
}
