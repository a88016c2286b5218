using Antlr4.Runtime;
using Antlr4.Runtime.Misc;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Tokens;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>Turns the parser's errors into diagnostics.</summary>
internal sealed class SyntaxErrorTranslator(TokenList list, List<Diagnostic> diagnostics)
{
    /// <summary>Parentheses with named elements, as after a forgotten callee: the first is enough.</summary>
    private readonly HashSet<ParserRuleContext> _named = [];

    /// <summary>An error inside a part.</summary>
    public void Report(RecognitionException error)
    {
        var context = (ParserRuleContext)error.Context;
        if (context is NameContext or WordContext or ItemWordContext or TypeWordContext && context.Parent is ParserRuleContext parent)
            context = parent;
        var start = context.Start.TokenIndex;
        var atItsBeginning = error is NoViableAltException || error.OffendingToken.TokenIndex == start + 1;
        if (context is ItemContext && TokenList.IsName(list.TypeAt(start)) && atItsBeginning)
            ReportItem(start);
        else if (context is ArgumentContext or ElementContext && TokenList.IsReserved(list.TypeAt(start)))
            Unexpected(start, "an expression");
        else
            ReportMismatch(context, error.OffendingToken.TokenIndex, error.GetExpectedTokens());
    }

    private void ReportMismatch(ParserRuleContext context, int at, IntervalSet expected)
    {
        var found = list.TypeAt(at);
        // A text after a comma may be the message of a requirement that could not be read.
        if (diagnostics.Count > 0 && context is SettingContext && list.TypeAt(at - 1) == STRING && list.TypeAt(at - 2) == COMMA && expected.Contains(COLON))
            return;
        if (context is ImportDeclarationContext && TokenList.IsWord(found) && !list.BeginsLine(at))
            Add(SyntaxErrors.QuotesMissing(RestOfLine(at), "the path of an import"));
        else if (found is ASSIGN or COLON && TokenList.IsReserved(list.TypeAt(at - 1)) && list.BeginsPart(at - 1))
            AddReserved(at - 1);
        else if (expected.Contains(ID) && IsReservedName(at))
            AddReserved(at);
        else if (found == ID && !expected.Contains(ID) && NearName.Find(list.Tokens[at].Text, TokenWords.Keywords(expected)) is { } near)
            Unexpected(at, Expectations.Of(context, expected), $"did you mean `{near}`?");
        else
            UnexpectedOrEnd(at, Expectations.Of(context, expected), Expectations.Help(list, context, at, expected));
    }

    /// <summary>Something after the last part of a list or a body that neither begins another nor ends the whole.</summary>
    public void ReportGarbage(ParserRuleContext context, int at)
    {
        var found = list.TypeAt(at);
        if (context is GroupContext && found == COLON && !_named.Add(context))
            return;
        if (context is not (BodyContext or StatementsContext or ItemContext or FileContext))
            Unexpected(at, list.TypeAt(at - 1) == COMMA || TokenList.IsOpener(list.TypeAt(at - 1)) ? Expectations.Element(context) : Expectations.AfterElement(context));
        else if (IsNeedlessComma(at))
            Add(SyntaxErrors.NeedlessComma(list.SpanOf(list.Tokens[at]), "a line of a body"));
        else if (TokenList.IsReserved(found) && list.TypeAt(at + 1) is ASSIGN or COLON)
            AddReserved(at);
        else
            Unexpected(at, list.BeginsPart(at) ? Expectations.Line(context) : "an operator or a new line", Expectations.HelpForGarbage(context, found));
    }

    /// <summary>Whether a comma does no more harm than to stand between two lines of a body.</summary>
    public bool IsNeedlessComma(int at) => list.TypeAt(at) == COMMA
        && (list.BeginsLine(at + 1) || TokenList.IsCloser(list.TypeAt(at + 1)) || TokenList.IsName(list.TypeAt(at + 1)) && list.TypeAt(at + 2) == ASSIGN);

    /// <summary>A line that begins with a name and is no item.</summary>
    private void ReportItem(int start)
    {
        var first = list.Tokens[start];
        var (second, third) = (list.TypeAt(start + 1), list.TypeAt(start + 2));
        var named = TokenList.IsName(second) || second == STRING;
        if (IsReservedName(start + 1))
            AddReserved(start + 1);
        else if (Expectations.AfterWord(first.Type) is { } expected)
            UnexpectedOrEnd(start + 1, expected);
        else if (!list.BeginsPart(start))
            Unexpected(start, "an operator or a new line");
        else if (named && ItemWords.Sections.Contains(first.Text))
            UnexpectedOrEnd(start + 2, "`{`");
        else if (named && ItemWords.Roles.Contains(first.Text))
            UnexpectedOrEnd(start + 2, "`=`");
        else if (first.Text == "elif")
            Add(SyntaxErrors.UnknownWord(list.SpanOf(first), ItemWords.NoItem, "else if", []));
        else if (named && third is ASSIGN or LBRACE)
            Add(SyntaxErrors.UnknownWord(list.SpanOf(first), ItemWords.NoItem, NearName.Find(first.Text, ItemWords.Items), ItemWords.Items));
        else
            UnexpectedOrEnd(start + 1, "`=`", second is LPAREN or DOT ? "in a block or a model every value has a name: `name = value`" : null);
    }

    /// <summary>What lies on the next line is not to blame: there the line before ends too early.</summary>
    private void UnexpectedOrEnd(int at, string expected, string? help = null)
    {
        if (at > 0 && at < list.Tokens.Count - 1 && list.BeginsLine(at) && BeginsAnother(at) && !TokenList.IsInserted(list.Tokens[at]))
            Add(SyntaxErrors.UnexpectedToken(list.After(list.Tokens[at - 1]), "the end of the line", expected, help));
        else
            Unexpected(at, expected, help);
    }

    private bool BeginsAnother(int at) =>
        TokenList.IsCloser(list.TypeAt(at)) || list.BeginsItem(at) || list.TypeAt(at) is IF or FOR || list.TypeAt(at + 1) == COLON;

    private void Unexpected(int at, string expected, string? help = null)
    {
        var token = list.Tokens[Math.Min(at, list.Tokens.Count - 1)];
        // A bracket that was put in was reported before, and what is wrong before it follows from that.
        if (!TokenList.IsInserted(token))
            Add(SyntaxErrors.UnexpectedToken(token.Type == TokenConstants.EOF ? list.After(list.Before(list.Tokens.Count - 1)) : list.SpanOf(token),
                TokenWords.Found(token), expected, help));
    }

    private void Add(Diagnostic diagnostic) => diagnostics.Add(diagnostic);

    private void AddReserved(int at) => Add(SyntaxErrors.ReservedWord(list.SpanOf(list.Tokens[at])));

    /// <summary>A reserved word before what follows a name; before anything else it begins something, and the name is missing.</summary>
    private bool IsReservedName(int at) => TokenList.IsReserved(list.TypeAt(at)) && list.TypeAt(at + 1) is ASSIGN or COLON or COMMA or LPAREN or RPAREN or LBRACE or IN or DOT;

    private Span RestOfLine(int at)
    {
        var last = at;
        while (!list.BeginsLine(last + 1) && list.TypeAt(last + 1) != TokenConstants.EOF)
            last++;
        return list.SpanOf(list.Tokens[at]).Through(list.SpanOf(list.Tokens[last]));
    }
}
