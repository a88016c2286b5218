using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler;

/// <summary>Which setting of a model to compile.</summary>
/// <param name="Variant">A variant's name; null for the default one.</param>
/// <param name="Overrides">Parameters of the model and expressions for them, as <c>--set name=value</c> gives them.</param>
/// <param name="Config">A reference configuration whose values replace the variant's, as the model's <c>config</c> section says.</param>
/// <param name="Seen">Is given the graph as it was lowered and as each pass leaves it, with the name of what made it.</param>
public sealed record CompileRequest(string? Variant = null, ImmutableArray<KeyValuePair<string, string>> Overrides = default, JsonElement? Config = null,
    Action<string, Graph>? Seen = null);

/// <summary>A loaded file with its imports: the front door of the compiler. Text in, values out.</summary>
public sealed class Compilation
{
    private readonly SourceModule _module;
    private readonly ImmutableArray<Diagnostic> _loading;

    private Compilation(SourceModule module, ImmutableArray<Diagnostic> loading)
    {
        _module = module;
        _loading = loading;
    }

    /// <summary>Parses a file and everything it imports.</summary>
    /// <param name="readFile">Gives the text of an imported file by its path relative to the main file's folder (or the main file's own relative path), or null.</param>
    public static Compilation Load(SourceText source, Func<string, string?> readFile)
    {
        var bag = new DiagnosticBag();
        var module = new ModuleLoader(readFile, bag).Load(source);
        return new Compilation(module, bag.ToImmutable());
    }

    /// <summary>Findings about syntax and imports.</summary>
    public ImmutableArray<Diagnostic> LoadDiagnostics => _loading;

    /// <summary>The file's last model, where it has one.</summary>
    public ModelSyntax? Model => _module.Own.OfType<ModelSyntax>().LastOrDefault();

    public ImmutableArray<string> Variants => Model is { } model ? [.. VariantsOf(model).Select(v => v.Name.Text)] : [];

    /// <summary>The variant that is meant when none is named: <c>tiny</c>, or the first; null when the model has none.</summary>
    public string? DefaultVariant => Variants.Contains("tiny") ? "tiny" : Variants.FirstOrDefault();

    /// <summary>The <c>model_type</c>s that the model's <c>config</c> sections read; an empty one reads any file.</summary>
    public ImmutableArray<string> ConfigTypes => Model is { } model
        ? [.. model.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == "config").Select(s => s.Label?.Value ?? "")] : [];

    /// <summary>Everything that is wrong with the file: all variants, and all blocks that can stand alone.</summary>
    public ImmutableArray<Diagnostic> Check()
    {
        var bag = new DiagnosticBag();
        bag.AddRange(_loading);
        new NameChecker(bag, _module).Check();
        foreach (var model in _module.Own.OfType<ModelSyntax>())
        {
            var variants = VariantsOf(model).Select(v => (string?)v.Name.Text).ToList();
            if (variants.Count == 0 && model.Hyperparameters.All(h => h.Default is not null || h.Type.IsOptional))
                variants.Add(null);
            foreach (var variant in variants)
                Compile(model, new CompileRequest(variant), bag);
        }
        if (!bag.HasErrors)
            BlockChecker.Check(_module, bag);
        return bag.ToImmutable();
    }

    /// <summary>Compiles one setting of the model; the value is null when there are errors.</summary>
    public Stage<ModelProgram?> Compile(CompileRequest request)
    {
        var bag = new DiagnosticBag();
        bag.AddRange(_loading);
        if (Model is not { } model)
        {
            if (!bag.HasErrors)
                bag.Add(NameErrors.NoModel(new Span(_module.File.Source, 0, 0)));
            return new Stage<ModelProgram?>(null, bag.ToImmutable());
        }
        var program = Compile(model, request with { Variant = request.Variant ?? DefaultVariant }, bag);
        return new Stage<ModelProgram?>(bag.HasErrors ? null : program, bag.ToImmutable());
    }

    private ModelProgram? Compile(ModelSyntax model, CompileRequest request, DiagnosticBag bag)
    {
        var context = new CompileContext(bag);
        var lowerer = new Lowerer();
        if (Arguments(model, request, context, lowerer) is not { } arguments)
            return null;
        return new ModelCompiler(context, lowerer).Compile(model, _module, arguments.Arguments, arguments.Call, request);
    }

    private (ImmutableArray<ArgumentSyntax> Arguments, Span Call)? Arguments(ModelSyntax model, CompileRequest request, CompileContext context, Lowerer lowerer)
    {
        var arguments = ImmutableArray.CreateBuilder<ArgumentSyntax>();
        var call = model.Name.Span;
        if (request.Variant is { } name)
        {
            if (VariantsOf(model).FirstOrDefault(v => v.Name.Text == name) is not { } variant)
            {
                context.Report(NameErrors.UnknownVariant(name, model.Name.Span, [.. VariantsOf(model).Select(v => v.Name.Text)]));
                return null;
            }
            if (variant.Value is not CallSyntax { Callee: NameSyntax callee } setting || callee.Text != model.Name.Text)
            {
                if (variant.Value is not MissingSyntax)
                    context.Report(WiringErrors.WrongVariantModel($"`{variant.Value.Span.Text}`", model.Name.Text, variant.Value.Span));
                return null;
            }
            call = setting.Span;
            arguments.AddRange(setting.Arguments);
        }
        if (request.Config is { ValueKind: JsonValueKind.Object } config)
        {
            var type = config.TryGetProperty("model_type", out var t) && t.ValueKind == JsonValueKind.String ? t.GetString() : null;
            if (ConfigReader.Find(model, type) is { } section)
                Override(arguments, model, new ConfigReader(context, lowerer).Arguments(model, _module, section, config));
        }
        foreach (var (key, text) in request.Overrides.IsDefault ? [] : request.Overrides)
        {
            var source = new SourceText($"--set {key}", text);
            var parsed = Parser.ParseExpression(source);
            context.Bag.AddRange(parsed.Diagnostics);
            var span = new Span(source, 0, text.Length);
            Override(arguments, model, [new ArgumentSyntax(new Name(key, span), parsed.Value, span)]);
        }
        return (arguments.ToImmutable(), call);
    }

    /// <summary>Replaces arguments by name, positional ones included.</summary>
    private static void Override(ImmutableArray<ArgumentSyntax>.Builder arguments, ModelSyntax model, IEnumerable<ArgumentSyntax> replacements)
    {
        foreach (var replacement in replacements)
        {
            var position = 0;
            var index = -1;
            for (var i = 0; i < arguments.Count && index < 0; i++)
            {
                var name = arguments[i].Name?.Text ?? (position < model.Hyperparameters.Length ? model.Hyperparameters[position++].Name.Text : null);
                if (name == replacement.Name!.Text)
                    index = i;
            }
            if (index < 0)
                arguments.Add(replacement);
            else if (arguments[index].Name is null)
                arguments[index] = replacement with { Name = null };
            else
                arguments[index] = replacement;
        }
    }

    private static IEnumerable<VariantSyntax> VariantsOf(ModelSyntax model) => model.Items.OfType<VariantSyntax>();
}
