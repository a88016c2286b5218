using System.Collections.Immutable;
using System.Globalization;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Syntax.Tokens;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

internal sealed partial class AstBuilder
{
    public ExpressionSyntax Expression(ExpressionContext? context, ParserRuleContext parent) => context switch
    {
        null => new MissingSyntax(EndOf(parent)),
        IntContext number => Int(number),
        FloatContext number => Float(number),
        StringContext text => new StringSyntax(StringLiteral.Value(text.GetText()), SpanOf(text)),
        BoolContext truth => new BoolSyntax(truth.TRUE() is not null, SpanOf(truth)),
        NoneContext none => new NoneSyntax(SpanOf(none)),
        NameExpressionContext { exception: null } name => new NameSyntax(name.GetText(), SpanOf(name)),
        GroupContext group => Group(group),
        ComprehensionListContext list => Comprehension(list),
        ListContext list => new ListSyntax(Elements(list, "elements"), SpanOf(list)),
        MemberAccessContext access when access.word()?.GetText() is not { Length: > 0 } => new MissingSyntax(SpanOf(access)),
        MemberAccessContext access =>
            new MemberAccessSyntax(Expression(access.expression(), access), WordOf(access.word(), access), SpanOf(access)),
        CallContext call => new CallSyntax(Expression(call.expression(), call),
            Each(Separated<ArgumentContext>(call, "arguments"), Argument), SpanOf(call)),
        IndexContext index => Index(index),
        UnaryContext unary => new UnarySyntax(unary.GetChild(0).GetText(), Expression(unary.expression(), unary), SpanOf(unary)),
        BinaryContext binary => Binary(binary),
        RangeContext range => Range(range),
        ConditionalContext choice => new ConditionalSyntax(Operand(choice.expression(), 0, choice),
            Operand(choice.expression(), 1, choice), Operand(choice.expression(), 2, choice), SpanOf(choice)),
        PipeContext pipe => new PipeSyntax(Operand(pipe.expression(), 0, pipe), Operand(pipe.expression(), 1, pipe), SpanOf(pipe)),
        _ => new MissingSyntax(SpanOf(context)),
    };

    private ExpressionSyntax Operand(ExpressionContext[] operands, int index, ParserRuleContext parent) =>
        Expression(operands.ElementAtOrDefault(index), parent);

    /// <summary>A literal that is no number was reported with the tokens, and is missing here.</summary>
    private ExpressionSyntax Int(IntContext context) =>
        long.TryParse(context.GetText().Replace("_", ""), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? new IntSyntax(value, SpanOf(context))
            : new MissingSyntax(SpanOf(context));

    private ExpressionSyntax Float(FloatContext context) =>
        double.TryParse(context.GetText().Replace("_", ""), NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
        && double.IsFinite(value)
            ? new FloatSyntax(value, SpanOf(context))
            : new MissingSyntax(SpanOf(context));

    private ExpressionSyntax Group(GroupContext context)
    {
        var elements = Elements(context, "elements");
        if (elements.Length > 1)
            return new TupleSyntax(elements, SpanOf(context));
        if (elements.Length == 1)
            return elements[0];
        ReportEmpty(context, context.RPAREN(), "an expression");
        return new MissingSyntax(SpanOf(context));
    }

    private ExpressionSyntax Index(IndexContext context)
    {
        var indices = Elements(context, "indices", openRanges: true);
        if (indices.IsEmpty)
            ReportEmpty(context, context.RBRACKET(), "an index");
        return new IndexSyntax(Expression(context.expression(), context), indices, SpanOf(context));
    }

    private void ReportEmpty(ParserRuleContext context, ITerminalNode? close, string expected)
    {
        var isBroken = context.children.Any(child => child is IErrorNode or ParserRuleContext { exception: not null });
        if (close is not null and not IErrorNode && !TokenList.IsInserted(close.Symbol) && !isBroken)
            Report(SyntaxErrors.UnexpectedToken(SpanOf(close), $"`{close.GetText()}`", expected));
    }

    private ExpressionSyntax Comprehension(ComprehensionListContext context)
    {
        if (context.comprehension() is not { exception: null } loop)
            return new MissingSyntax(SpanOf(context));
        var parts = loop.expression();
        var condition = loop.IF() is null ? null : parts[1];
        return new ComprehensionSyntax(NameOf(loop.name(), loop), Operand(parts, 0, loop),
            condition is null ? null : Expression(condition, loop), Expression(parts[^1], loop), SpanOf(context));
    }

    private ImmutableArray<ExpressionSyntax> Elements(ParserRuleContext context, string what, bool openRanges = false) =>
        Each(Separated<ElementContext>(context, what), element => Element(element, openRanges));

    private ExpressionSyntax Element(ElementContext context, bool openRanges)
    {
        if (context.RANGE() is not { } range)
            return Expression(context.expression(), context);
        if (!openRanges)
            Report(SyntaxErrors.OpenRange(SpanOf(range)));
        var end = context.expression() is { } expression ? Expression(expression, context) : null;
        return context.GetChild(0) is ITerminalNode ? new RangeSyntax(null, end, SpanOf(context)) : new RangeSyntax(end, null, SpanOf(context));
    }

    private ArgumentSyntax Argument(ArgumentContext context)
    {
        RequireSign(Sign(context.ASSIGN(), context.COLON()), COLON, ":", "named arguments");
        var name = context.word() is { exception: null } word ? WordOf(word, context) : null;
        return new ArgumentSyntax(name, Expression(context.expression(), context), SpanOf(context));
    }

    private BinarySyntax Binary(BinaryContext context)
    {
        var sign = (ITerminalNode)context.GetChild(1);
        if (IsComparison(context) && context.expression(0) is BinaryContext { } first && IsComparison(first))
            Report(SyntaxErrors.Chain(SpanOf(sign), SpanOf((ITerminalNode)first.GetChild(1)), "comparisons", "write `a < b and b < c`"));
        return new BinarySyntax(sign.GetText(), Operand(context.expression(), 0, context), Operand(context.expression(), 1, context),
            SpanOf(sign), SpanOf(context));
    }

    private static bool IsComparison(BinaryContext context) =>
        context.GetChild(1) is ITerminalNode { Symbol.Type: EQ or NE or LT or LE or GT or GE };

    private RangeSyntax Range(RangeContext context)
    {
        if (context.expression(0) is RangeContext first && context.RANGE() is { } sign)
            Report(SyntaxErrors.Chain(SpanOf(sign), SpanOf(first.RANGE()), "ranges", "a range has two ends: `a..b`"));
        return new RangeSyntax(Operand(context.expression(), 0, context), Operand(context.expression(), 1, context), SpanOf(context));
    }
}
