using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Gathers a model's arguments from a variant, a configuration file and the command line; later ones replace earlier ones.</summary>
internal sealed class ModelArguments(CompileContext context, Lowerer lowerer, ModelSyntax model, SourceModule module)
{
    private readonly ImmutableArray<ArgumentSyntax>.Builder _arguments = ImmutableArray.CreateBuilder<ArgumentSyntax>();

    public ImmutableArray<ArgumentSyntax> Found => _arguments.ToImmutable();

    /// <summary>What the arguments are given to, for diagnostics: the variant's call, or the model's name.</summary>
    public Span Call { get; private set; } = model.Name.Span;

    /// <summary>Takes a variant's arguments; false (and a diagnostic) when there is no such variant, or it sets another model.</summary>
    public bool Take(string variant)
    {
        var variants = model.Items.OfType<VariantSyntax>().ToList();
        if (variants.FirstOrDefault(v => v.Name.Text == variant) is not { } found)
        {
            context.Report(NameErrors.UnknownVariant(variant, model.Name.Span, [.. variants.Select(v => v.Name.Text)]));
            return false;
        }
        if (found.Value is not CallSyntax { Callee: NameSyntax callee } setting || callee.Text != model.Name.Text)
        {
            if (found.Value is not MissingSyntax)
                context.Report(WiringErrors.WrongVariantModel(
                    found.Value is CallSyntax other ? $"of `{other.Callee.Span.Text}`" : found.Value is NameSyntax ? "a bare name" : $"`{found.Value.Span.Text}`", model.Name.Text, found.Value.Span));
            return false;
        }
        Call = setting.Span;
        _arguments.AddRange(setting.Arguments);
        return true;
    }

    /// <summary>Takes what a task fixes; false (and a diagnostic) when there is no such task.</summary>
    public bool TakeTask(string task)
    {
        var tasks = TasksOf(model.Items).ToList();
        if (tasks.FirstOrDefault(t => t.Name.Text == task) is not { } found)
        {
            context.Report(NameErrors.UnknownTask(task, model.Name.Span, [.. tasks.Select(t => t.Name.Text)]));
            return false;
        }
        foreach (var argument in found.Arguments.Where(a => a.Name is not null))
            Replace(argument);
        return true;
    }

    /// <summary>The tasks of a model, also those that a condition may leave out.</summary>
    public static IEnumerable<TaskSyntax> TasksOf(ImmutableArray<ItemSyntax> items) => items.SelectMany(item => item switch
    {
        TaskSyntax task => [task],
        IfItemSyntax choice => TasksOf(choice.Then).Concat(TasksOf(choice.Else)),
        _ => Enumerable.Empty<TaskSyntax>(),
    });

    /// <summary>Takes what a reference configuration says, if the model has a section for its type.</summary>
    public void Take(JsonElement config)
    {
        if (SectionFor(model, config) is not { } section)
            return;
        foreach (var argument in new ConfigReader(context, lowerer).Arguments(model, module, section, config))
            Replace(argument);
    }

    /// <summary>Whether a model has a section for a configuration.</summary>
    public static bool Reads(ModelSyntax model, JsonElement config) => SectionFor(model, config) is not null;

    private static SectionSyntax? SectionFor(ModelSyntax model, JsonElement config) => config.ValueKind != JsonValueKind.Object ? null
        : ConfigReader.Find(model, config.TryGetProperty("model_type", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null);

    /// <summary>Takes a parameter's value as text, such as that of <c>--set name=value</c>.</summary>
    public void Take(string parameter, string text)
    {
        var source = new SourceText($"--set {parameter}", text);
        var span = new Span(source, 0, text.Length);
        var value = Parser.ParseExpression(source);
        foreach (var diagnostic in value.Diagnostics)
            context.Report(diagnostic);
        if (model.Hyperparameters.Any(h => h.Name.Text == parameter))
            Replace(new ArgumentSyntax(new Name(parameter, span), value.Value, span));
        else
            context.Report(HyperparameterErrors.UnknownArgument(model.Name.Text, new Name(parameter, span), [.. model.Hyperparameters.Select(h => h.Name.Text)], model.Name.Span) with { Fix = null });
    }

    /// <summary>Replaces the argument of the same parameter, also one by position.</summary>
    private void Replace(ArgumentSyntax replacement)
    {
        var position = 0;
        for (var i = 0; i < _arguments.Count; i++)
        {
            var name = _arguments[i].Name?.Text ?? (position < model.Hyperparameters.Length ? model.Hyperparameters[position++].Name.Text : null);
            if (name != replacement.Name!.Text)
                continue;
            _arguments[i] = _arguments[i].Name is null ? replacement with { Name = null } : replacement;
            return;
        }
        _arguments.Add(replacement);
    }
}
