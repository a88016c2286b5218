using Antlr4.Runtime;
using Antlr4.Runtime.Atn;
using Mllm.Compiler.Syntax.Tokens;
using static Mllm.Compiler.Syntax.Generated.MllmParser;
using AntlrParser = Antlr4.Runtime.Parser;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>
/// One report for each broken part, then reading goes on at the next part. A part is an element between commas, a setting, an item, a
/// statement, the head of something with a body, or a declaration: an error inside it unwinds to it, and the rest of it is skipped.
/// Brackets are balanced before, so that the end of a part can be told by its depth.
/// </summary>
internal sealed class RecoveryStrategy(TokenList list, SyntaxErrorTranslator translator) : DefaultErrorStrategy
{
    private readonly int[] _depths = list.Depths();

    public override void ReportError(AntlrParser recognizer, RecognitionException e)
    {
        if (InErrorRecoveryMode(recognizer))
            return;
        BeginErrorCondition(recognizer);
        translator.Report(e);
    }

    public override IToken RecoverInline(AntlrParser recognizer) => throw new InputMismatchException(recognizer);

    public override void Recover(AntlrParser recognizer, RecognitionException e)
    {
        var context = (ParserRuleContext)recognizer.RuleContext;
        var start = context.Start.TokenIndex;
        switch (context)
        {
            case ArgumentContext or ElementContext or HyperparameterContext or ParameterContext:
                Skip(recognizer, start, i => list.TypeAt(i) == COMMA);
                break;
            case SettingContext or RequirementContext:
                Skip(recognizer, start, i => list.TypeAt(i) == COMMA || list.BeginsLine(i));
                break;
            case StageEntryContext:
                Skip(recognizer, start, i => list.BeginsLine(i) && TokenList.IsName(list.TypeAt(i)));
                break;
            case StatementContext:
                Skip(recognizer, start, i => BeginsLineOfBody(i) && !IsIndentedMore(i, start));
                break;
            case ItemContext:
                Skip(recognizer, start, i => BeginsItemLine(i) && !IsIndentedMore(i, start));
                break;
            case BlockDeclarationContext or ModelDeclarationContext or ImportDeclarationContext or FunctionDeclarationContext { Parent: FileContext }:
                Skip(recognizer, start, BeginsDeclaration);
                break;
            case FileContext or ExpressionFileContext:
                Skip(recognizer, start, _ => false);
                break;
            case BlockHeaderContext or ModelHeaderContext or FunctionHeaderContext or IfHeaderContext or ForHeaderContext:
                Skip(recognizer, start, i => list.TypeAt(i) == LBRACE || list.BeginsItem(i));
                // Should the body be missing too, that is the same mistake.
                BeginErrorCondition(recognizer);
                break;
            default:
                throw e;
        }
    }

    /// <summary>At the loops over the parts of a bracketed list or a body: what can neither begin a part nor end the whole is skipped.</summary>
    public override void Sync(AntlrParser recognizer)
    {
        var state = recognizer.Interpreter.atn.states[recognizer.State];
        if (state.StateType is not (StateType.StarLoopEntry or StateType.StarLoopBack))
            return;
        var expected = recognizer.Interpreter.atn.NextTokens(state);
        // Where the rule may end after the loop its caller knows what follows.
        if (expected.Contains(TokenConstants.EPSILON))
            return;
        while (!expected.Contains(recognizer.CurrentToken.Type) && recognizer.CurrentToken.Type != TokenConstants.EOF)
            SkipGarbage(recognizer);
    }

    private void SkipGarbage(AntlrParser recognizer)
    {
        var index = recognizer.CurrentToken.TokenIndex;
        translator.ReportGarbage((ParserRuleContext)recognizer.RuleContext, index);
        Skip(recognizer, index, recognizer.RuleContext switch
        {
            BodyContext or StatementsContext or ItemContext when translator.IsNeedlessComma(index) => _ => true,
            BodyContext => BeginsItemLine,
            StatementsContext => BeginsLineOfBody,
            ItemContext => i => list.BeginsLine(i) && TokenList.IsName(list.TypeAt(i)),
            SettingsContext => i => list.TypeAt(i) == COMMA || list.BeginsLine(i),
            FileContext => BeginsDeclaration,
            _ => i => list.TypeAt(i) == COMMA,
        });
    }

    /// <summary>Besides the sure beginnings any line that begins with a word, unless it goes on with the line before.</summary>
    private bool BeginsLineOfBody(int index)
    {
        if (list.BeginsItem(index) || !list.BeginsLine(index))
            return list.BeginsItem(index);
        var goesOn = list.TypeAt(index - 1) is >= PIPE or ASSIGN or COMMA;
        var type = list.TypeAt(index);
        var isClause = type is >= INTO and <= ATTENDING or AT;
        return !goesOn && (type is IF or FOR or LINE_LPAREN || IsReservedName(index) || TokenList.IsName(type) && !isClause);
    }

    /// <summary>The same without statements: after a mistake in the head of a function its body is of no interest.</summary>
    private bool BeginsItemLine(int index) =>
        BeginsLineOfBody(index) && (list.TypeAt(index) is not (RETURN or FOR or LINE_LPAREN) || IsReservedName(index));

    private bool IsReservedName(int index) => TokenList.IsReserved(list.TypeAt(index)) && list.TypeAt(index + 1) is ASSIGN or COLON;

    /// <summary>Whether a line stands further in than the line of a broken part, and so belongs to it.</summary>
    private bool IsIndentedMore(int index, int start) => list.BeginsLine(start) && list.Tokens[index].Column > list.Tokens[start].Column;

    private bool BeginsDeclaration(int index) => list.BeginsLine(index) && list.TypeAt(index) is IMPORT or BLOCK or FN or MODEL;

    /// <summary>Consumes tokens, at least one, up to the end of what surrounds the part that begins at an index, or to another part.</summary>
    private void Skip(AntlrParser recognizer, int start, Func<int, bool> beginsAnother)
    {
        BeginErrorCondition(recognizer);
        var depth = _depths[start];
        while (recognizer.CurrentToken is { Type: not TokenConstants.EOF, TokenIndex: var index }
            && (index == start || _depths[index] >= depth && !(_depths[index] == depth && beginsAnother(index))))
            recognizer.Consume();
        EndErrorCondition(recognizer);
    }
}
