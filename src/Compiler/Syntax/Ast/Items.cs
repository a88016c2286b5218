using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Ast;

/// <summary>What may stand in the body of a block or a model; the binder says which item may stand where.</summary>
public abstract record ItemSyntax(Span Span);

/// <summary><c>name = value at "path"</c></summary>
public sealed record MemberSyntax(Name Name, ExpressionSyntax Value, StringText? At, Span Span) : ItemSyntax(Span);

/// <summary><c>require condition, "message"</c></summary>
public sealed record RequireSyntax(ExpressionSyntax Condition, StringText? Message, Span Span) : ItemSyntax(Span);

/// <summary><c>if condition { items } else { items }</c></summary>
public sealed record IfItemSyntax(ExpressionSyntax Condition, ImmutableArray<ItemSyntax> Then, ImmutableArray<ItemSyntax> Else, Span Span) : ItemSyntax(Span);

/// <summary>A function of a block.</summary>
public sealed record FunctionItemSyntax(FunctionSyntax Function, Span Span) : ItemSyntax(Span);

/// <summary><c>encoder name = value</c>, <c>bridge name = value</c>, <c>objective name = value</c>, ...: <c>Role</c> is the first word.</summary>
public sealed record ComponentSyntax(string Role, Name Name, ExpressionSyntax Value, StringText? At, Span Span) : ItemSyntax(Span);

/// <summary><c>inject pipeline into target before|after as block(...) attending rule</c>.</summary>
/// <param name="Pipeline">The source and its stages, as one pipeline expression.</param>
/// <param name="Target">The join point: <c>llm</c> or <c>llm.layers[every 4].self_attn</c>.</param>
/// <param name="Prefix">Whether it is the <c>as prefix</c> form; then <c>Where</c>, <c>Block</c> and <c>Attending</c> are null.</param>
/// <param name="Replacing">The placeholder of <c>as prefix replacing "..."</c>.</param>
/// <param name="Where"><c>before</c> or <c>after</c>.</param>
/// <param name="Block">The call that makes the woven block.</param>
/// <param name="Attending">The media rule.</param>
/// <param name="Operand">The parameter of the decoder's <c>forward</c> that the tokens become, in the form <c>as NAME</c>.</param>
public sealed record InjectSyntax(ExpressionSyntax Pipeline, SelectorSyntax Target, bool Prefix, StringText? Replacing, Name? Where, ExpressionSyntax? Block,
    Name? Attending, Name? Operand, Span Span) : ItemSyntax(Span);

/// <summary><c>adapt target with block(...)</c></summary>
public sealed record AdaptSyntax(SelectorSyntax Target, ExpressionSyntax Block, Span Span) : ItemSyntax(Span);

/// <summary><c>task name(arguments) { entries }</c>: the arguments are settings of the model's parameters.</summary>
public sealed record TaskSyntax(Name Name, ImmutableArray<ArgumentSyntax> Arguments, ImmutableArray<StageSettingSyntax> Entries, string? Doc, Span Span) : ItemSyntax(Span);

/// <summary><c>stage name { entries }</c></summary>
public sealed record StageSyntax(Name Name, ImmutableArray<StageEntrySyntax> Entries, Span Span) : ItemSyntax(Span);

/// <summary>One line of a stage.</summary>
public abstract record StageEntrySyntax(Span Span);

/// <summary><c>train a, b.layers[*]</c></summary>
public sealed record TrainSyntax(ImmutableArray<SelectorSyntax> Selectors, Span Span) : StageEntrySyntax(Span);

/// <summary><c>objective expr</c>, <c>optimizer expr</c>, <c>schedule expr</c>, in a task <c>generate expr</c>, <c>score expr</c>: <c>Key</c> is the first word.</summary>
public sealed record StageSettingSyntax(Name Key, ExpressionSyntax Value, Span Span) : StageEntrySyntax(Span);

/// <summary><c>variant name = Model(arguments)</c>; the name may be a string.</summary>
public sealed record VariantSyntax(Name Name, ExpressionSyntax Value, Span Span) : ItemSyntax(Span);

/// <summary><c>output "name" = expression</c></summary>
public sealed record OutputSyntax(StringText Name, ExpressionSyntax Value, Span Span) : ItemSyntax(Span);

/// <summary>A named group of settings: <c>image</c>, <c>tokenizer</c>, <c>prompt</c>, <c>checkpoint "name"</c>, <c>config "type"</c>. <c>Label</c> is the string or name after the word.</summary>
public sealed record SectionSyntax(Name Kind, StringText? Label, ImmutableArray<SettingSyntax> Settings, ImmutableArray<RequireSyntax> Requirements, Span Span)
    : ItemSyntax(Span);

/// <summary><c>key: value</c> in a section. A key is a name, a string, or a selector such as <c>llm.layers.*</c> (then its text).</summary>
public sealed record SettingSyntax(Name Key, SettingValueSyntax Value, Span Span);

public abstract record SettingValueSyntax(Span Span);

public sealed record ExpressionSettingSyntax(ExpressionSyntax Expression) : SettingValueSyntax(Expression.Span);

/// <summary><c>{ key: value, ... }</c></summary>
public sealed record MapSettingSyntax(ImmutableArray<SettingSyntax> Settings, ImmutableArray<RequireSyntax> Requirements, Span Span) : SettingValueSyntax(Span);

/// <summary>A dotted path with optional indices: <c>llm.layers[every 4].self_attn</c>, <c>llm.injected</c>.</summary>
public sealed record SelectorSyntax(Name Root, ImmutableArray<SelectorStepSyntax> Steps, Span Span);

public abstract record SelectorStepSyntax(Span Span);

public sealed record MemberStepSyntax(Name Name) : SelectorStepSyntax(Name.Span);

/// <summary><c>.{a, b}</c></summary>
public sealed record ChoiceStepSyntax(ImmutableArray<Name> Names, Span Span) : SelectorStepSyntax(Span);

/// <summary><c>[*]</c></summary>
public sealed record AllStepSyntax(Span Span) : SelectorStepSyntax(Span);

/// <summary><c>[every n]</c> or <c>[every n from k]</c></summary>
public sealed record EveryStepSyntax(ExpressionSyntax Period, ExpressionSyntax? From, Span Span) : SelectorStepSyntax(Span);

/// <summary><c>[3]</c>, <c>[-1]</c>, <c>[4..8]</c>, <c>[[1, 3]]</c> or <c>[1, 3]</c>: one expression or several; a range is a <see cref="RangeSyntax"/>.</summary>
public sealed record IndexStepSyntax(ImmutableArray<ExpressionSyntax> Indices, Span Span) : SelectorStepSyntax(Span);
