using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Ast;

public abstract record StatementSyntax(Span Span);

/// <summary><c>name = value</c> or <c>(a, b) = value</c></summary>
public sealed record AssignSyntax(ImmutableArray<Name> Targets, ExpressionSyntax Value, Span Span) : StatementSyntax(Span);

public sealed record ReturnSyntax(ExpressionSyntax Value, Span Span) : StatementSyntax(Span);

/// <summary><c>for x in list { }</c> or <c>for (i, x) in list { }</c>: one target, or the index and the element.</summary>
public sealed record ForSyntax(ImmutableArray<Name> Targets, ExpressionSyntax Sequence, ImmutableArray<StatementSyntax> Body, Span Span) : StatementSyntax(Span);

public sealed record IfSyntax(ExpressionSyntax Condition, ImmutableArray<StatementSyntax> Then, ImmutableArray<StatementSyntax> Else, Span Span) : StatementSyntax(Span);
