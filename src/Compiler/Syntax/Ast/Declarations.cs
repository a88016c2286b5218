using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Ast;

/// <summary>A name where it stands.</summary>
public sealed record Name(string Text, Span Span)
{
    public override string ToString() => Text;
}

/// <summary>A string literal with its escapes resolved; the span includes the quotes.</summary>
public sealed record StringText(string Value, Span Span);

/// <summary>One parsed file.</summary>
public sealed record FileSyntax(SourceText Source, ImmutableArray<ImportSyntax> Imports, ImmutableArray<DeclarationSyntax> Declarations);

/// <summary><c>import "std/clip.mllm"</c></summary>
public sealed record ImportSyntax(StringText Path, Span Span);

/// <summary>Anything that a file declares by name. <c>Doc</c> is the text of the <c>///</c> lines before it.</summary>
public abstract record DeclarationSyntax(Name Name, string? Doc, Span Span);

/// <summary><c>block name(hyperparameters) { items }</c></summary>
public sealed record BlockSyntax(Name Name, ImmutableArray<HyperparameterSyntax> Hyperparameters, ImmutableArray<ItemSyntax> Items, string? Doc, Span Span)
    : DeclarationSyntax(Name, Doc, Span);

/// <summary><c>model Name(hyperparameters) { items }</c></summary>
public sealed record ModelSyntax(Name Name, ImmutableArray<HyperparameterSyntax> Hyperparameters, ImmutableArray<ItemSyntax> Items, string? Doc, Span Span)
    : DeclarationSyntax(Name, Doc, Span);

/// <summary><c>fn name(parameters) -> result { body }</c>, in a file or in a block. <c>Results</c> is empty when the type is left out.</summary>
public sealed record FunctionSyntax(Name Name, ImmutableArray<ParameterSyntax> Parameters, ImmutableArray<TensorTypeSyntax> Results,
    ImmutableArray<StatementSyntax> Body, string? Doc, Span Span) : DeclarationSyntax(Name, Doc, Span);

/// <summary><c>name: type = default</c></summary>
public sealed record HyperparameterSyntax(Name Name, HyperTypeSyntax Type, ExpressionSyntax? Default, Span Span);

/// <summary>The type of a hyperparameter: <c>int</c>, <c>float</c>, <c>bool</c>, <c>string</c>, <c>activation</c>, <c>block</c>; in brackets a list; with <c>?</c> optional.</summary>
public sealed record HyperTypeSyntax(string Kind, bool IsList, bool IsOptional, Span Span);

/// <summary>A function's parameter.</summary>
public sealed record ParameterSyntax(Name Name, TensorTypeSyntax Type, Span Span);

/// <summary><c>[n, dim]</c> (kind empty), <c>ids[n]</c> or <c>mask[n, m]</c>.</summary>
public sealed record TensorTypeSyntax(string Kind, ImmutableArray<ExpressionSyntax> Sizes, Span Span);
