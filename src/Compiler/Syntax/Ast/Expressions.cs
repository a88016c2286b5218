using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Ast;

public abstract record ExpressionSyntax(Span Span);

public sealed record IntSyntax(long Value, Span Span) : ExpressionSyntax(Span);

public sealed record FloatSyntax(double Value, Span Span) : ExpressionSyntax(Span);

public sealed record BoolSyntax(bool Value, Span Span) : ExpressionSyntax(Span);

public sealed record StringSyntax(string Value, Span Span) : ExpressionSyntax(Span);

public sealed record NoneSyntax(Span Span) : ExpressionSyntax(Span);

public sealed record NameSyntax(string Text, Span Span) : ExpressionSyntax(Span);

/// <summary><c>[a, b]</c></summary>
public sealed record ListSyntax(ImmutableArray<ExpressionSyntax> Elements, Span Span) : ExpressionSyntax(Span);

/// <summary><c>(a, b)</c> with two or more elements; one element in parentheses is the element itself.</summary>
public sealed record TupleSyntax(ImmutableArray<ExpressionSyntax> Elements, Span Span) : ExpressionSyntax(Span);

/// <summary><c>[for i in sequence if condition: element]</c></summary>
public sealed record ComprehensionSyntax(Name Variable, ExpressionSyntax Sequence, ExpressionSyntax? Condition, ExpressionSyntax Element, Span Span) : ExpressionSyntax(Span);

/// <summary><c>a..b</c>; an end that is left out (only inside brackets) is null.</summary>
public sealed record RangeSyntax(ExpressionSyntax? From, ExpressionSyntax? To, Span Span) : ExpressionSyntax(Span);

/// <summary><c>callee(arguments)</c></summary>
public sealed record CallSyntax(ExpressionSyntax Callee, ImmutableArray<ArgumentSyntax> Arguments, Span Span) : ExpressionSyntax(Span);

/// <summary>An argument by position (<c>Name</c> is null) or by name.</summary>
public sealed record ArgumentSyntax(Name? Name, ExpressionSyntax Value, Span Span);

/// <summary><c>target.name</c></summary>
public sealed record MemberAccessSyntax(ExpressionSyntax Target, Name Name, Span Span) : ExpressionSyntax(Span);

/// <summary><c>target[i]</c>, <c>target[a..b, 0]</c></summary>
public sealed record IndexSyntax(ExpressionSyntax Target, ImmutableArray<ExpressionSyntax> Indices, Span Span) : ExpressionSyntax(Span);

/// <summary><c>-a</c> or <c>not a</c>; <c>Operator</c> is the word itself.</summary>
public sealed record UnarySyntax(string Operator, ExpressionSyntax Operand, Span Span) : ExpressionSyntax(Span);

/// <summary><c>+ - * / % ^ == != &lt; &lt;= &gt; &gt;= and or ??</c>; <c>OperatorSpan</c> is the sign's own place.</summary>
public sealed record BinarySyntax(string Operator, ExpressionSyntax Left, ExpressionSyntax Right, Span OperatorSpan, Span Span) : ExpressionSyntax(Span);

/// <summary><c>left |> right</c></summary>
public sealed record PipeSyntax(ExpressionSyntax Left, ExpressionSyntax Right, Span Span) : ExpressionSyntax(Span);

/// <summary><c>if condition then a else b</c></summary>
public sealed record ConditionalSyntax(ExpressionSyntax Condition, ExpressionSyntax Then, ExpressionSyntax Else, Span Span) : ExpressionSyntax(Span);

/// <summary>What stands where an expression could not be read; the binder passes it over in silence.</summary>
public sealed record MissingSyntax(Span Span) : ExpressionSyntax(Span);
