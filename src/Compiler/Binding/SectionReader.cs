using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Reads the sections of a model (image, tokenizer, prompt, checkpoint) into typed settings.</summary>
internal sealed class SectionReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private static readonly ImmutableArray<string> Kinds = ["image", "tokenizer", "prompt", "checkpoint", "config"];

    private readonly Evaluator _evaluator = new(context, lowerer);

    public void CheckKinds()
    {
        foreach (var section in model.Sections.Where(s => !Kinds.Contains(s.Kind.Text)))
            context.Report(WiringErrors.UnknownSection(section.Kind, Kinds));
    }

    public ImmutableArray<ImageSettings> Images() => [.. model.Sections.Where(s => s.Kind.Text == "image").Select(Image).OfType<ImageSettings>()];

    public TokenizerSettings Tokenizer()
    {
        if (model.Sections.LastOrDefault(s => s.Kind.Text == "tokenizer") is not { } section)
            return TokenizerSettings.None;
        Known(section, "bos", "eos", "pad", "special");
        var special = ImmutableArray.CreateBuilder<KeyValuePair<string, long?>>();
        if (Setting(section, "special")?.Value is MapSettingSyntax map)
            foreach (var entry in map.Settings)
                special.Add(KeyValuePair.Create(entry.Key.Text, entry.Value is ExpressionSettingSyntax e && _evaluator.Evaluate(e.Expression, model.Scope) is ConstantValue { Constant: IntConstant { Size.Value: { } id } } ? id : (long?)null));
        else if (Setting(section, "special") is { } list)
            special.AddRange(Strings(section, "special", list.Span).Select(s => KeyValuePair.Create(s, (long?)null)));
        return new TokenizerSettings(Text(section, "bos"), Text(section, "eos"), Text(section, "pad"), special.ToImmutable());
    }

    public PromptSettings? Prompt()
    {
        if (model.Sections.LastOrDefault(s => s.Kind.Text == "prompt") is not { } section)
            return null;
        Known(section, "template", "text", "stop", "bos");
        if (Text(section, "template") is not { } template)
        {
            context.Report(WiringErrors.MissingSetting("prompt", "template", section.Kind.Span));
            return null;
        }
        var bos = Value(section, "bos") is not ConstantValue { Constant: BoolConstant { Value: false } };
        return new PromptSettings(template, Text(section, "text") ?? "", Strings(section, "stop", section.Span), bos, Setting(section, "template")!.Span);
    }

    /// <summary>Checkpoint maps; a key that goes through members is resolved to the state path it stands for.</summary>
    public ImmutableArray<Checkpoint> Checkpoints()
    {
        var found = ImmutableArray.CreateBuilder<Checkpoint>();
        foreach (var section in model.Sections.Where(s => s.Kind.Text == "checkpoint"))
        {
            var rules = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
            foreach (var setting in section.Settings.Where(s => s.Key.Text != "ignore"))
            {
                var value = setting.Value is ExpressionSettingSyntax e ? _evaluator.Evaluate(e.Expression, model.Scope) : ErrorValue.Instance;
                if (value is ConstantValue { Constant: StringConstant text })
                    rules.AddRange(StatePaths(setting.Key).Select(p => KeyValuePair.Create(p.Path, p.Layer is null ? text.Value : text.Value.Replace("@", p.Layer))));
                else if (value is not (ErrorValue or ConstantValue { Constant: NoneConstant }))
                    context.Report(WiringErrors.WrongSetting("checkpoint", setting.Key.Text, "a string", value.Describe, setting.Span));
            }
            found.Add(new Checkpoint(section.Label?.Value ?? "", rules.ToImmutable(), Strings(section, "ignore", section.Span), section.Span));
        }
        return found.ToImmutable();
    }

    /// <summary>The state paths of a key such as <c>llm.layers.*</c>: members are followed to their instances' paths, <c>*</c> stands for a list index.</summary>
    /// <returns>The paths, and for woven blocks the path of the layer inside its component: it is what <c>@</c> means there.</returns>
    private IEnumerable<(string Path, string? Layer)> StatePaths(Name key)
    {
        var parts = key.Text.Split('.');
        if (model.Root.Names.GetValueOrDefault(parts[0]) is not InstanceValue root)
        {
            if (model.Root.Names.GetValueOrDefault(parts[0]) is null && model.Parts.Count > 0 && !model.Syntax.Items.OfType<IfItemSyntax>().Any())
                context.Report(NameErrors.UnknownName(parts[0], key.Span, model.Parts.Select(p => p.Name)));
            return [];
        }
        if (parts is [_, "injected", ..])
            return model.Injected(root.Instance).Select(b => (Generalise(b.Target, b.Block.Path) + string.Concat(parts.Skip(parts is [_, _, "*", ..] ? 3 : 2).Select(p => "." + p)),
                (string?)StatePath.Relative(root.Instance.Path, Generalise(b.Target, b.Block.Path[..b.Block.Path.LastIndexOf('.')])))).Distinct();
        BoundValue current = root;
        var path = root.Instance.Path;
        foreach (var part in parts.Skip(1))
        {
            current = (current, part) switch
            {
                (ListValue list, "*") => list.Elements.FirstOrDefault() ?? ErrorValue.Instance,
                (InstanceValue { Instance: BlockInstance block }, _) when block.Names.TryGetValue(part, out var member) && member is InstanceValue or ListValue => block.Names[part],
                _ => ErrorValue.Instance,
            };
            path = current switch
            {
                InstanceValue i when part == "*" => $"{path}.*",
                InstanceValue i => Rebase(path, i.Instance.Path),
                ListValue { Elements: [InstanceValue first, ..] } => Rebase(path, first.Instance.Path[..first.Instance.Path.LastIndexOf('.')]),
                _ => $"{path}.{part}",
            };
        }
        return [(path, null)];
    }

    /// <summary>The path of a member below one that already has stars in it.</summary>
    private static string Rebase(string general, string actual)
    {
        var (g, a) = (general.Split('.'), actual.Split('.'));
        return string.Join('.', a.Select((part, i) => i < g.Length && g[i] == "*" ? "*" : part));
    }

    /// <summary>A woven block's path with the index of its layer as a star.</summary>
    private static string Generalise(string target, string path)
    {
        var parts = path.Split('.');
        var index = Array.FindLastIndex(target.Split('.'), p => p.All(char.IsAsciiDigit));
        if (index >= 0 && index < parts.Length)
            parts[index] = "*";
        return string.Join('.', parts);
    }

    private ImageSettings? Image(SectionSyntax section)
    {
        Known(section, "size", "fit", "resample", "background", "mean", "std");
        if (Value(section, "size") is not ConstantValue { Constant: IntConstant { Size.Value: > 0 and <= 8192 and var size } })
        {
            context.Report(Setting(section, "size") is { } bad ? WiringErrors.WrongSetting("image", "size", "a number of pixels up to 8192", Value(section, "size").Describe, bad.Span)
                : WiringErrors.MissingSetting("image", "size", section.Kind.Span));
            return null;
        }
        var fit = Choice(section, "fit", ImageSettings.Fits);
        var resample = Choice(section, "resample", ImageSettings.Resamples);
        var background = Numbers(section, "background", [0, 0, 0]);
        var mean = Numbers(section, "mean", [0.5, 0.5, 0.5]);
        var std = Numbers(section, "std", [0.5, 0.5, 0.5]);
        return new ImageSettings(section.Label?.Value, size, fit, resample, background, mean, std);
    }

    private string Choice(SectionSyntax section, string key, ImmutableArray<string> choices)
    {
        if (Setting(section, key) is not { Value: ExpressionSettingSyntax { Expression: var expression } } setting)
            return choices[0];
        var word = expression is NameSyntax n && model.Scope.FindLocal(n.Text) is null ? n.Text : (Chosen(expression) ?? "");
        if (choices.Contains(word))
            return word;
        context.Report(WiringErrors.WrongSetting(section.Kind.Text, key, $"one of {string.Join(", ", choices)}", word.Length == 0 ? "this" : $"'{word}'", setting.Value.Span));
        return choices[0];
    }

    /// <summary>A word or string, also out of a compile-time condition.</summary>
    private string? Chosen(ExpressionSyntax expression) => expression switch
    {
        NameSyntax n when model.Scope.FindLocal(n.Text) is null => n.Text,
        ConditionalSyntax c => _evaluator.Condition(c.Condition, model.Scope) is { } condition ? Chosen(condition ? c.Then : c.Else) : null,
        _ => (_evaluator.Evaluate(expression, model.Scope) as ConstantValue)?.Constant is StringConstant s ? s.Value : null,
    };

    private ImmutableArray<double> Numbers(SectionSyntax section, string key, ImmutableArray<double> @default)
    {
        if (Setting(section, key) is not { } setting)
            return @default;
        var value = Value(section, key);
        var numbers = value is ListValue { Elements: { Length: 3 } e } ? e.Select(x => (x as ConstantValue)?.Constant switch { IntConstant i => i.Value, FloatConstant f => f.Value, _ => (double?)null }).ToList() : [];
        if (numbers.Count == 3 && numbers.All(n => n is not null))
            return [.. numbers.Select(n => n!.Value)];
        if (value is not ErrorValue)
            context.Report(WiringErrors.WrongSetting(section.Kind.Text, key, "a list of three numbers", value.Describe, setting.Span));
        return @default;
    }

    private ImmutableArray<string> Strings(SectionSyntax section, string key, Span span)
    {
        if (Setting(section, key) is null)
            return [];
        var value = Value(section, key);
        if (value is ListValue list && list.Elements.All(e => e is ConstantValue { Constant: StringConstant }))
            return [.. list.Elements.Select(e => ((StringConstant)((ConstantValue)e).Constant).Value)];
        if (value is ConstantValue { Constant: StringConstant one })
            return [one.Value];
        if (value is not ErrorValue)
            context.Report(WiringErrors.WrongSetting(section.Kind.Text, key, "a list of strings", value.Describe, span));
        return [];
    }

    private string? Text(SectionSyntax section, string key)
    {
        switch (Value(section, key))
        {
            case ConstantValue { Constant: StringConstant s }:
                return s.Value;
            case ErrorValue or ConstantValue { Constant: NoneConstant }:
                return null;
            case var other:
                context.Report(WiringErrors.WrongSetting(section.Kind.Text, key, "a string", other.Describe, Setting(section, key)!.Span));
                return null;
        }
    }

    private BoundValue Value(SectionSyntax section, string key) => Setting(section, key)?.Value is ExpressionSettingSyntax e ? _evaluator.Evaluate(e.Expression, model.Scope) : ConstantValue.None;

    private static SettingSyntax? Setting(SectionSyntax section, string key) => section.Settings.FirstOrDefault(s => s.Key.Text == key);

    private void Known(SectionSyntax section, params string[] keys)
    {
        foreach (var setting in section.Settings.Where(s => !keys.Contains(s.Key.Text)))
            context.Report(WiringErrors.UnknownSetting(section.Kind.Text, setting.Key, keys));
    }
}
