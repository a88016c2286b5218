using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Reads the settings of a section as values of a kind; what is of another kind is reported and reads as absent.</summary>
internal sealed class SectionValues(CompileContext context, Lowerer lowerer, Scope scope)
{
    private readonly Evaluator _evaluator = new(context, lowerer);

    public static SettingSyntax? Find(SectionSyntax section, string key) => section.Settings.FirstOrDefault(s => s.Key.Text == key);

    /// <summary>Reports the settings that the section does not have.</summary>
    public void Known(SectionSyntax section, params string[] keys)
    {
        foreach (var setting in section.Settings.Where(s => s.Key.Text.Length > 0 && !keys.Contains(s.Key.Text)))
            context.Report(WiringErrors.UnknownSetting(section.Kind.Text, setting.Key, keys));
    }

    public void Wrong(SectionSyntax section, SettingSyntax setting, string expected, string found) =>
        context.Report(WiringErrors.WrongSetting(section.Kind.Text, setting.Key.Text, expected, found, setting.Value.Span));

    /// <summary>The value of a setting; an error value for one that has errors or is a group in braces, which is reported.</summary>
    /// <param name="expected">What it should be, in words.</param>
    public BoundValue Value(SectionSyntax section, SettingSyntax setting, string expected)
    {
        if (setting.Value is ExpressionSettingSyntax e)
            return _evaluator.Evaluate(e.Expression, scope);
        Wrong(section, setting, expected, "a group of settings");
        return ErrorValue.Instance;
    }

    /// <summary>A string; null where the setting is missing, none or wrong.</summary>
    public string? Text(SectionSyntax section, string key) => Find(section, key) is { } setting ? Text(section, setting) : null;

    public string? Text(SectionSyntax section, SettingSyntax setting)
    {
        switch (Value(section, setting, "a string"))
        {
            case ConstantValue { Constant: StringConstant s }:
                return s.Value;
            case ConstantValue { Constant: NoneConstant }:
                return null;
            case var other:
                if (!other.IsError)
                    Wrong(section, setting, "a string", other.Describe);
                return null;
        }
    }

    public bool Bool(SectionSyntax section, string key, bool @default)
    {
        if (Find(section, key) is not { } setting)
            return @default;
        var value = Value(section, setting, "`true` or `false`");
        if (value is ConstantValue { Constant: BoolConstant b })
            return b.Value;
        if (!value.IsError)
            Wrong(section, setting, "`true` or `false`", value.Describe);
        return @default;
    }

    /// <summary>A number of at least 1; null where the setting is missing, none or wrong.</summary>
    public long? Count(SectionSyntax section, string key)
    {
        if (Find(section, key) is not { } setting)
            return null;
        switch (Value(section, setting, "a number of at least 1"))
        {
            case ConstantValue { Constant: IntConstant { Size.Value: > 0 and var number } }:
                return number;
            case ConstantValue { Constant: NoneConstant }:
                return null;
            case var other:
                if (!other.IsError)
                    Wrong(section, setting, "a number of at least 1", other.Describe);
                return null;
        }
    }

    /// <summary>One string or a list of them.</summary>
    public ImmutableArray<string> Strings(SectionSyntax section, string key)
    {
        if (Find(section, key) is not { } setting)
            return [];
        switch (Value(section, setting, "a list of strings"))
        {
            case ListValue list when list.Elements.All(e => e is ConstantValue { Constant: StringConstant }):
                return [.. list.Elements.Select(e => ((StringConstant)((ConstantValue)e).Constant).Value)];
            case ConstantValue { Constant: StringConstant one }:
                return [one.Value];
            case var other:
                if (!other.IsError)
                    Wrong(section, setting, "a list of strings", other.Describe);
                return [];
        }
    }

    /// <summary>Three numbers, one for each colour.</summary>
    /// <param name="expected">What they should be, in words; <paramref name="isGood"/> says it of one.</param>
    public ImmutableArray<double> Colours(SectionSyntax section, string key, double @default, string expected, Func<double, bool> isGood)
    {
        if (Find(section, key) is not { } setting)
            return [@default, @default, @default];
        var value = Value(section, setting, expected);
        var numbers = value is ListValue { Elements: { Length: 3 } e } ? e.Select(Number).ToList() : [];
        if (numbers.Count == 3 && numbers.All(n => n is { } number && isGood(number)))
            return [.. numbers.Select(n => n!.Value)];
        if (!value.IsError)
            Wrong(section, setting, expected, numbers.Count == 3 && numbers.All(n => n is not null) ? setting.Value.Span.Text : value.Describe);
        return [@default, @default, @default];
    }

    /// <summary>One of several words, written as it is or as a string, also out of a compile-time condition; null where it is wrong.</summary>
    public string? Word(SectionSyntax section, string key, ImmutableArray<string> words)
    {
        if (Find(section, key) is not { } setting)
            return words[0];
        var expected = $"one of {string.Join(", ", words)}";
        if (setting.Value is not ExpressionSettingSyntax { Expression: var expression })
        {
            Value(section, setting, expected);
            return null;
        }
        var (word, place) = Chosen(expression);
        if (word is null)
            return null;
        if (words.Contains(word))
            return word;
        context.Report(WiringErrors.WrongSetting(section.Kind.Text, key, expected, place is NameSyntax or StringSyntax ? $"'{word}'" : word, place.Span).Near(Diagnostics.NearName.Find(word, words)));
        return null;
    }

    private (string? Word, ExpressionSyntax Place) Chosen(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case NameSyntax n when scope.FindLocal(n.Text) is null:
                return (n.Text, n);
            case ConditionalSyntax c:
                return _evaluator.Condition(c.Condition, scope) is { } condition ? Chosen(condition ? c.Then : c.Else) : (null, c);
            default:
                var value = _evaluator.Evaluate(expression, scope);
                return (value.IsError ? null : value is ConstantValue { Constant: StringConstant s } ? s.Value : value.Describe, expression);
        }
    }

    private static double? Number(BoundValue value) => (value as ConstantValue)?.Constant switch
    {
        IntConstant { Size.Value: { } i } => i,
        FloatConstant f => f.Value,
        _ => null,
    };
}
