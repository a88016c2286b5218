using Antlr4.Runtime;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>The tokens of one file that the parser reads, the last of type <c>EOF</c>.</summary>
/// <param name="Docs">The documentation comment right before a token, by the token.</param>
/// <param name="BrokenLines">The lines, from 1, with a string that does not end: nothing else that is wrong there is worth a word.</param>
/// <param name="Gaps">The ends and the beginnings of tokens between which something was left out: what is wrong there follows from it.</param>
/// <param name="Ends">The offsets at which a line ends too early.</param>
/// <param name="Doubtful">Texts inside a bracket that is not closed or under a word that is not known, whose reading is a guess.</param>
internal sealed record TokenList(SourceText Source, List<IToken> Tokens, Dictionary<IToken, string> Docs, HashSet<int> BrokenLines,
    HashSet<int> Gaps, HashSet<int> Ends, List<Span> Doubtful)
{
    /// <summary>The characters of a token; a token that was put in has none, and its span is empty.</summary>
    public Span SpanOf(IToken token) => token.Type == TokenConstants.EOF
        ? new Span(Source, Source.Text.Length, Source.Text.Length)
        : new Span(Source, token.StartIndex, token.StopIndex + 1);

    /// <summary>The empty span right after a token.</summary>
    public Span After(IToken? token)
    {
        var end = token is null ? 0 : SpanOf(token).End;
        return new Span(Source, end, end);
    }

    public IToken? Before(int index) => index > 0 ? Tokens[index - 1] : null;

    /// <summary>The type of a token, or <c>EOF</c> outside the list.</summary>
    public int TypeAt(int index) => index >= 0 && index < Tokens.Count ? Tokens[index].Type : TokenConstants.EOF;

    /// <summary>Whether the token at an index is the first on its line.</summary>
    public bool BeginsLine(int index) => index == 0 || index >= Tokens.Count || Tokens[index].Line != Tokens[index - 1].Line;

    /// <summary>Whether a line or the inside of a body begins with the token at an index.</summary>
    public bool BeginsPart(int index) => BeginsLine(index) || Tokens[index - 1].Type is MllmLexer.LBRACE or MllmLexer.RBRACE;

    /// <summary>A token without characters, to stand after another one.</summary>
    public static IToken Inserted(int type, string text, IToken? after) => new CommonToken(type, text)
    {
        StartIndex = after is null ? 0 : after.StopIndex + 1,
        StopIndex = after?.StopIndex ?? -1,
        Line = after?.Line ?? 1,
        Column = after is null ? 0 : after.Column + after.StopIndex + 1 - after.StartIndex,
    };

    public static bool IsInserted(IToken token) => token.Type != TokenConstants.EOF && token.StopIndex < token.StartIndex;

    public static bool IsWord(int type) => type is >= MllmLexer.IMPORT and <= MllmLexer.ID;

    /// <summary>Whether a token can be a name: a word that is not reserved.</summary>
    public static bool IsName(int type) => type is >= MllmLexer.MODEL and <= MllmLexer.ID;

    public static bool IsReserved(int type) => IsWord(type) && !IsName(type);

    /// <summary>Whether a token is an operand by itself.</summary>
    public static bool IsOperand(int type) => IsName(type)
        || type is MllmLexer.INT or MllmLexer.FLOAT or MllmLexer.STRING or MllmLexer.TRUE or MllmLexer.FALSE or MllmLexer.NONE or MllmLexer.MISSING;

    public static bool IsOpener(int type) =>
        type is MllmLexer.LPAREN or MllmLexer.LINE_LPAREN or MllmLexer.LBRACKET or MllmLexer.LINE_LBRACKET or MllmLexer.LBRACE;

    public static bool IsCloser(int type) => type is MllmLexer.RPAREN or MllmLexer.RBRACKET or MllmLexer.RBRACE;

    /// <summary>The type that closes an opening bracket.</summary>
    public static int CloserOf(int opener) => opener switch
    {
        MllmLexer.LPAREN or MllmLexer.LINE_LPAREN => MllmLexer.RPAREN,
        MllmLexer.LBRACKET or MllmLexer.LINE_LBRACKET => MllmLexer.RBRACKET,
        _ => MllmLexer.RBRACE,
    };
}
