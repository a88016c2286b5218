using System.Collections.Immutable;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>The parts of expressions, for those who look for something in them.</summary>
internal static class ExpressionTree
{
    /// <summary>The expressions directly below one, in the order of the text.</summary>
    public static ImmutableArray<ExpressionSyntax> Children(ExpressionSyntax expression) => expression switch
    {
        ListSyntax e => e.Elements,
        TupleSyntax e => e.Elements,
        ComprehensionSyntax e => [e.Sequence, .. Given(e.Condition), e.Element],
        RangeSyntax e => [.. Given(e.From), .. Given(e.To)],
        CallSyntax e => [e.Callee, .. e.Arguments.Select(a => a.Value)],
        MemberAccessSyntax e => [e.Target],
        IndexSyntax e => [e.Target, .. e.Indices],
        UnarySyntax e => [e.Operand],
        BinarySyntax e => [e.Left, e.Right],
        PipeSyntax e => [e.Left, e.Right],
        ConditionalSyntax e => [e.Condition, e.Then, e.Else],
        _ => [],
    };

    private static ImmutableArray<ExpressionSyntax> Given(ExpressionSyntax? expression) => expression is null ? [] : [expression];

    /// <summary>An expression and all below it.</summary>
    public static IEnumerable<ExpressionSyntax> All(ExpressionSyntax expression) => Children(expression).SelectMany(All).Prepend(expression);
}
