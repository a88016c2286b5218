using System.Globalization;
using System.Text;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Prints syntax trees as s-expressions: one line for each declaration, item, setting and statement, expressions inline.</summary>
internal sealed class AstText
{
    private readonly StringBuilder _text = new();
    private int _depth;

    public static string Of(FileSyntax file)
    {
        var printer = new AstText();
        foreach (var import in file.Imports)
            printer.Line($"(import {Quoted(import.Path)})");
        foreach (var declaration in file.Declarations)
            printer.Declaration(declaration);
        return printer._text.ToString();
    }

    public static string Of(ExpressionSyntax expression) => ExpressionText.Of(expression);

    private void Declaration(DeclarationSyntax declaration)
    {
        if (declaration.Doc is { } doc)
            foreach (var line in doc.Split('\n'))
                Line($"/// {line}");
        switch (declaration)
        {
            case BlockSyntax block:
                Group($"block {block.Name}{Join(block.Hyperparameters, Hyperparameter)}", block.Items, Item);
                break;
            case ModelSyntax model:
                Group($"model {model.Name}{Join(model.Hyperparameters, Hyperparameter)}", model.Items, Item);
                break;
            case FunctionSyntax function:
                var results = function.Results.IsEmpty ? "" : $" ->{Join(function.Results, Type)}";
                Group($"fn {function.Name}{Join(function.Parameters, p => $"({p.Name} {Type(p.Type)})")}{results}", function.Body, Statement);
                break;
        }
    }

    private static string Hyperparameter(HyperparameterSyntax p)
    {
        var kind = p.Type.IsList ? $"[{p.Type.Kind}]" : p.Type.Kind;
        return $"({p.Name} {kind}{(p.Type.IsOptional ? "?" : "")}{(p.Default is null ? "" : " " + Of(p.Default))})";
    }

    private static string Type(TensorTypeSyntax type) => $"{type.Kind}[{string.Join(", ", type.Sizes.Select(Of))}]";

    private void Item(ItemSyntax item)
    {
        switch (item)
        {
            case MemberSyntax m: Line($"(member {m.Name} {Of(m.Value)}{At(m.At)})"); break;
            case RequireSyntax r: Line($"(require {Of(r.Condition)}{(r.Message is null ? "" : " " + Quoted(r.Message))})"); break;
            case FunctionItemSyntax f: Declaration(f.Function); break;
            case ComponentSyntax c: Line($"({c.Role} {c.Name} {Of(c.Value)}{At(c.At)})"); break;
            case InjectSyntax i: Line(Inject(i)); break;
            case StageSyntax s: Group($"stage {s.Name}", s.Entries, Entry); break;
            case VariantSyntax v: Line($"(variant {v.Name} {Of(v.Value)})"); break;
            case OutputSyntax o: Line($"(output {Quoted(o.Name)} {Of(o.Value)})"); break;
            case SectionSyntax s: Group<object>($"section {s.Kind}{(s.Label is null ? "" : " " + Quoted(s.Label))}", [.. s.Settings, .. s.Requirements], SettingOrRequirement); break;
            case IfItemSyntax c:
                Group($"if {Of(c.Condition)}", c.Then, Item);
                if (!c.Else.IsEmpty)
                    Group("else", c.Else, Item);
                break;
            default: throw new NotSupportedException(item.GetType().Name);
        }
    }

    private static string At(StringText? at) => at is null ? "" : $" at {Quoted(at)}";

    private static string Inject(InjectSyntax i)
    {
        var form = i.Prefix ? " prefix" : $" {i.Where} {(i.Block is null ? "" : Of(i.Block))}";
        return $"(inject {Of(i.Pipeline)} into {Selector(i.Target)}{form}{(i.Replacing is null ? "" : " replacing " + Quoted(i.Replacing))}"
            + $"{(i.Attending is null ? "" : $" attending {i.Attending}")})";
    }

    private void Entry(StageEntrySyntax entry)
    {
        switch (entry)
        {
            case TrainSyntax train: Line($"(train{Join(train.Selectors, Selector)})"); break;
            case StageSettingSyntax setting: Line($"({setting.Key} {Of(setting.Value)})"); break;
            default: throw new NotSupportedException(entry.GetType().Name);
        }
    }

    private void SettingOrRequirement(object part)
    {
        if (part is SettingSyntax setting)
            Setting(setting);
        else
            Item((ItemSyntax)part);
    }

    private void Setting(SettingSyntax setting)
    {
        if (setting.Value is MapSettingSyntax map)
            Group<object>($"{Quoted(setting.Key.Text)}:", [.. map.Settings, .. map.Requirements], SettingOrRequirement);
        else
            Line($"({Quoted(setting.Key.Text)}: {Of(((ExpressionSettingSyntax)setting.Value).Expression)})");
    }

    private static string Selector(SelectorSyntax selector) => selector.Root + string.Concat(selector.Steps.Select(step => step switch
    {
        MemberStepSyntax m => $".{m.Name}",
        AllStepSyntax => "[*]",
        EveryStepSyntax e => $"[every {Of(e.Period)}{(e.From is null ? "" : " from " + Of(e.From))}]",
        IndexStepSyntax i => $"[{string.Join(", ", i.Indices.Select(Of))}]",
        _ => throw new NotSupportedException(step.GetType().Name),
    }));

    private void Statement(StatementSyntax statement)
    {
        switch (statement)
        {
            case AssignSyntax a: Line($"(set{Join(a.Targets, n => n.Text)} = {Of(a.Value)})"); break;
            case ReturnSyntax r: Line($"(return {Of(r.Value)})"); break;
            case ForSyntax f: Group($"for{Join(f.Targets, n => n.Text)} in {Of(f.Sequence)}", f.Body, Statement); break;
            case IfSyntax c:
                Group($"if {Of(c.Condition)}", c.Then, Statement);
                if (!c.Else.IsEmpty)
                    Group("else", c.Else, Statement);
                break;
            default: throw new NotSupportedException(statement.GetType().Name);
        }
    }

    private void Group<T>(string head, IEnumerable<T> children, Action<T> print)
    {
        Line("(" + head);
        _depth++;
        foreach (var child in children)
            print(child);
        _depth--;
        _text.Length--;
        _text.Append(")\n");
    }

    private void Line(string line) => _text.Append(CultureInfo.InvariantCulture, $"{new string(' ', 2 * _depth)}{line}\n");

    private static string Join<T>(IEnumerable<T> parts, Func<T, string> print) => string.Concat(parts.Select(part => " " + print(part)));

    private static string Quoted(StringText text) => Quoted(text.Value);

    private static string Quoted(string text) => ExpressionText.Quoted(text);
}
