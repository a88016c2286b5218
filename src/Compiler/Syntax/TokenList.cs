using Antlr4.Runtime;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax;

/// <summary>The tokens of one file that the parser reads, ending with <c>EOF</c>, and the documentation comments between them.</summary>
/// <param name="Docs">The documentation text right before a token, by the token.</param>
internal sealed record TokenList(SourceText Source, List<IToken> Tokens, Dictionary<IToken, string> Docs)
{
    /// <summary>The characters of a token; a token that was put in stands between characters and its span is empty.</summary>
    public Span SpanOf(IToken token) => token.Type == TokenConstants.EOF
        ? new Span(Source, Source.Text.Length, Source.Text.Length)
        : new Span(Source, token.StartIndex, token.StopIndex + 1);

    /// <summary>The empty span right after a token.</summary>
    public Span After(IToken? token)
    {
        var end = token is null ? 0 : SpanOf(token).End;
        return new Span(Source, end, end);
    }

    /// <summary>Whether the token at an index is the first on its line.</summary>
    public bool BeginsLine(int index) => index == 0 || Tokens[index].Line != Tokens[index - 1].Line;

    /// <summary>A token without characters, put in at an offset.</summary>
    public static IToken Inserted(int type, string text, IToken? after) => new CommonToken(type, text)
    {
        StartIndex = after is null ? 0 : after.StopIndex + 1,
        StopIndex = after?.StopIndex ?? -1,
        Line = after?.Line ?? 1,
        Column = after is null ? 0 : after.Column + after.StopIndex + 1 - after.StartIndex,
    };

    public static bool IsWord(int type) => type is >= MllmLexer.IMPORT and <= MllmLexer.ID;

    /// <summary>Whether a token can be a name: a word that is not reserved.</summary>
    public static bool IsName(int type) => type is >= MllmLexer.MODEL and <= MllmLexer.ID;
}
