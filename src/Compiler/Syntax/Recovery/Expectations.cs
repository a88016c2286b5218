using Antlr4.Runtime;
using Antlr4.Runtime.Misc;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax.Tokens;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>What could stand where the parser met something else, in the words of the language.</summary>
internal static class Expectations
{
    public static string Of(ParserRuleContext context, IntervalSet expected) => context switch
    {
        HyperparameterContext or ParameterContext when expected.Contains(COLON) => "`:` and a type",
        HyperTypeContext when expected.Contains(ID) => $"a type ({Words.Choice(ItemWords.HyperTypes)})",
        TensorTypeContext or ParameterContext or ResultContext when expected.Contains(LBRACKET) =>
            "a type such as `[n, dim]`, `ids[n]` or `mask[n, m]`",
        InjectionContext when expected.Contains(BEFORE) => "`as prefix`, `before` or `after`",
        StageEntryContext when expected.Contains(TRAIN) => Line(context),
        _ => TokenWords.Expected(expected, context is SettingContext ? COLON : ASSIGN),
    };

    public static string? Help(TokenList list, ParserRuleContext context, int at, IntervalSet expected) => context switch
    {
        InjectionContext when expected.Contains(PREFIX) =>
            "a block is woven before or after layers: `into llm.layers[*] before as BLOCK(...)`",
        MemberAccessContext when list.TypeAt(at) is INT => $"an element is reached by its index: `[{list.Tokens[at].Text}]`",
        _ when list.TypeAt(at) == DOT && list.TypeAt(at + 1) == INT && expected.Contains(INT) =>
            $"a number begins with a digit: `0.{list.Tokens[at + 1].Text}`",
        ConditionalContext when list.TypeAt(at) is LBRACE or COLON => "a value is chosen by `if condition then a else b`",
        StatementContext when ItemWords.Items.Contains(context.Start.Text) =>
            $"`{context.Start.Text}` stands in a block or a model, not in a function",
        StatementContext when context.Start.Text == "elif" => "write `else if`",
        StatementContext when list.TypeAt(at) is LPAREN or DOT =>
            "a statement gives a value a name: `name = value`; functions have no other effects",
        _ => null,
    };

    public static string? HelpForGarbage(ParserRuleContext context, int found) => (context, found) switch
    {
        (BodyContext, RETURN or FOR) => "statements stand inside `fn`",
        (BodyContext or StatementsContext or ItemContext, BLOCK or IMPORT) => "imports and blocks stand outside everything else",
        (FileContext, _) when TokenList.IsName(found) => "members, components and settings stand inside a `block` or a `model`",
        (_, QUESTION) => "a value is chosen by `if condition then a else b`",
        _ => null,
    };

    /// <summary>What must come after a word that begins an item.</summary>
    public static string? AfterWord(int word) => word switch
    {
        STAGE or VARIANT or TASK => "a name",
        ADAPT => "a part of the model",
        OUTPUT or AT or REPLACING => "a string",
        INJECT or REQUIRE => "an expression",
        _ => null,
    };

    /// <summary>A line of a body.</summary>
    public static string Line(ParserRuleContext context) => context switch
    {
        FileContext => Words.Choice(ItemWords.Declarations),
        StatementsContext => "a statement",
        TaskItemContext or TaskEntryContext => Words.Choice(ItemWords.TaskEntries),
        ItemContext or StageEntryContext => Words.Choice(ItemWords.StageEntries),
        _ => "a member or another item",
    };

    /// <summary>A part of a bracketed list.</summary>
    public static string Element(ParserRuleContext context) => context switch
    {
        HyperparametersContext => "a hyperparameter",
        ParametersContext => "a parameter",
        ResultContext => "a type",
        SettingsContext => "a setting",
        CallContext => "an argument",
        _ => "an expression",
    };

    public static string AfterElement(ParserRuleContext context) => context switch
    {
        SettingsContext => "a setting or `}`",
        ListContext or IndexContext or IndexStepContext or TensorTypeContext => "`,` or `]`",
        _ => "`,` or `)`",
    };
}
