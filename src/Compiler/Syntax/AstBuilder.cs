using System.Collections.Immutable;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Syntax.Tokens;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

/// <summary>
/// Turns parser contexts into the syntax tree and reports what the grammar let pass. A broken context gives what is there: a missing
/// expression becomes <see cref="MissingSyntax"/>, a missing name an empty one.
/// </summary>
internal sealed partial class AstBuilder(TokenList tokens, List<Diagnostic> diagnostics)
{
    private void Report(Diagnostic diagnostic) => diagnostics.Add(diagnostic);

    private Span SpanOf(ParserRuleContext context)
    {
        var start = tokens.SpanOf(context.Start);
        return context.Stop is { } stop && stop.TokenIndex >= context.Start.TokenIndex
            ? start.Through(tokens.SpanOf(stop))
            : start with { End = start.Start };
    }

    private Span SpanOf(ITerminalNode node) => tokens.SpanOf(node.Symbol);

    /// <summary>The empty span at the end of what was read of a context: where its missing part would stand.</summary>
    private Span EndOf(ParserRuleContext context)
    {
        var span = SpanOf(context);
        return span with { Start = span.End };
    }

    private Name NameOf(NameContext? context, ParserRuleContext parent) =>
        context is null || context.exception is not null ? new Name("", EndOf(parent)) : new Name(context.GetText(), SpanOf(context));

    private Name WordOf(WordContext? context, ParserRuleContext parent) =>
        context is null || context.exception is not null ? new Name("", EndOf(parent)) : new Name(context.GetText(), SpanOf(context));

    private StringText StringOf(ITerminalNode node) => new(StringLiteral.Value(node.GetText()), SpanOf(node));

    private StringText? StringOrNull(ITerminalNode? node) => node is null or IErrorNode ? null : StringOf(node);

    /// <summary>The parts between commas; a comma with nothing before it is reported.</summary>
    /// <param name="what">The parts in the plural, for the message.</param>
    private List<T> Separated<T>(ParserRuleContext context, string what) where T : ParserRuleContext
    {
        var parts = new List<T>();
        var isEmpty = true;
        foreach (var child in context.children ?? [])
        {
            if (child is T part)
                parts.Add(part);
            if (child is T or IErrorNode)
                isEmpty = false;
            else if (child is ITerminalNode { Symbol.Type: COMMA } comma)
            {
                if (isEmpty)
                    Report(SyntaxErrors.UnexpectedToken(SpanOf(comma), "`,`", Article(what)));
                isEmpty = true;
            }
        }
        return parts;
    }

    /// <summary><c>arguments</c> to <c>an argument</c>.</summary>
    private static string Article(string plural) => ("aeiou".Contains(plural[0]) ? "an " : "a ") + plural[..^1];

    private void RequireSign(ITerminalNode? found, int right, string sign, string what)
    {
        if (found is not null and not IErrorNode && found.Symbol.Type != right)
            Report(SyntaxErrors.WrongSign(SpanOf(found), what, sign));
    }

    private static ITerminalNode? Sign(ITerminalNode? assign, ITerminalNode? colon) => assign ?? colon;

    private static ImmutableArray<TOut> Each<TIn, TOut>(IEnumerable<TIn> contexts, Func<TIn, TOut?> build) where TOut : class =>
        [.. contexts.Select(build).OfType<TOut>()];
}
