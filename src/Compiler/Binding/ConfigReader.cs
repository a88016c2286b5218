using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Std;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Turns a reference configuration file into a model's arguments, as the model's <c>config</c> section says.</summary>
internal sealed class ConfigReader(CompileContext context, Lowerer lowerer)
{
    public const string Kind = "config";

    /// <summary>The setting that lists keys which say nothing about the model, as patterns of dotted paths.</summary>
    public const string Ignore = "ignore";

    /// <summary>What stands for the whole object, unless one of its keys is called so.</summary>
    public const string Whole = "config";

    /// <summary>The <c>config</c> section of a model for a <c>model_type</c>; the one without a label fits any file.</summary>
    public static SectionSyntax? Find(ModelSyntax model, string? modelType)
    {
        var sections = model.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == Kind).ToList();
        return sections.FirstOrDefault(s => s.Label is { } label && label.Value == modelType) ?? sections.FirstOrDefault(s => s.Label is null);
    }

    public ImmutableArray<ArgumentSyntax> Arguments(ModelSyntax model, SourceModule module, SectionSyntax section, JsonElement config) =>
        Arguments(new Evaluator(context, lowerer), model.Hyperparameters, section, module, (RecordValue)FromJson(config)) ?? [];

    /// <summary>What a section makes of an object: an argument for each of its keys; null where the section refuses the object, which is reported.</summary>
    /// <param name="module">Whose names the section sees, after the keys of the object and <c>config</c>, the whole object.</param>
    public static ImmutableArray<ArgumentSyntax>? Arguments(Evaluator evaluator, ImmutableArray<HyperparameterSyntax> declared, SectionSyntax section, SourceModule module,
        RecordValue config, Func<string, bool>? isGiven = null)
    {
        var scope = new Scope(module, null) { IsOpen = true };
        scope.Define(Whole, config);
        foreach (var (key, value) in config.Fields)
            scope.Define(key, value);
        if (!section.Requirements.All(require => Instantiator.Holds(evaluator, require, scope)))
            return null;
        var arguments = ImmutableArray.CreateBuilder<ArgumentSyntax>();
        foreach (var setting in section.Settings)
        {
            if (setting.Key.Text == Ignore || setting.Value is not ExpressionSettingSyntax { Expression: var expression })
                continue;
            // A key that is no parameter is reported where the section is checked.
            if (declared.Any(h => h.Name.Text == setting.Key.Text) && isGiven?.Invoke(setting.Key.Text) != true)
                arguments.Add(new ArgumentSyntax(setting.Key, new ValueSyntax(evaluator.Evaluate(expression, scope), expression.Span), setting.Span));
        }
        return arguments.ToImmutable();
    }

    /// <summary>Checks a section without a configuration: its keys are parameters, and what it calls and reads exists.</summary>
    public void Check(Name owner, ImmutableArray<HyperparameterSyntax> declared, SourceModule module, SectionSyntax section)
    {
        foreach (var setting in section.Settings)
        {
            if (setting.Key.Text == Ignore)
            {
                if (Ignored(setting) is null)
                    context.Report(WiringErrors.WrongSetting(Kind, Ignore, "a list of strings", "something else", setting.Value.Span));
                continue;
            }
            if (declared.All(h => h.Name.Text != setting.Key.Text))
                context.Report(HyperparameterErrors.UnknownArgument(owner.Text, setting.Key, [.. declared.Select(h => h.Name.Text)], owner.Span));
            if (setting.Value is not ExpressionSettingSyntax { Expression: var expression })
                context.Report(WiringErrors.WrongSetting(Kind, setting.Key.Text, "a value", "a group of settings", setting.Value.Span));
            else
                CheckCalls(module, expression);
        }
        foreach (var requirement in section.Requirements)
            CheckCalls(module, requirement.Condition);
    }

    /// <summary>The patterns of an <c>ignore</c> setting; null where it is no list of strings.</summary>
    public static ImmutableArray<string>? Ignored(SettingSyntax setting) =>
        setting.Value is ExpressionSettingSyntax { Expression: ListSyntax list } && list.Elements.All(e => e is StringSyntax)
            ? [.. list.Elements.Cast<StringSyntax>().Select(e => e.Value)] : null;

    private void CheckCalls(SourceModule module, ExpressionSyntax expression)
    {
        foreach (var call in ExpressionTree.All(expression).OfType<CallSyntax>())
            if (ReadCall.Of(call) is { } read)
                read.Check(context, module);
            else if (call.Callee is NameSyntax { Text.Length: > 0 } callee && module.Find(callee.Text) is null && OpRegistry.Find(callee.Text) is null && !Builtins.Names.Contains(callee.Text))
                context.Report(NameErrors.UnknownName(callee.Text, callee.Span, [.. module.VisibleNames, .. Evaluator.Primitives, ReadCall.Word], StandardLibrary.FileOf(callee.Text)));
    }

    private static BoundValue FromJson(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => new RecordValue(json.EnumerateObject().GroupBy(p => p.Name).ToImmutableDictionary(g => g.Key, g => FromJson(g.Last().Value))),
        JsonValueKind.Array => new ListValue([.. json.EnumerateArray().Select(FromJson)]),
        JsonValueKind.String => new ConstantValue(json.GetString()!),
        JsonValueKind.True or JsonValueKind.False => new ConstantValue(json.GetBoolean()),
        JsonValueKind.Number => json.TryGetInt64(out var whole) && !json.GetRawText().AsSpan().ContainsAny(".eE") ? new ConstantValue(whole) : new ConstantValue(json.GetDouble()),
        _ => ConstantValue.None,
    };
}
