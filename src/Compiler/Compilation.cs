using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler;

/// <summary>Which setting of a model to compile.</summary>
/// <param name="Variant">A variant's name; null for the default one.</param>
/// <param name="Overrides">Parameters of the model and expressions for them, as <c>--set name=value</c> gives them.</param>
/// <param name="Config">A reference configuration whose values replace the variant's, as the model's <c>config</c> section says.</param>
/// <param name="Seen">Is given the graph as it was lowered and as each pass leaves it, with the name of what made it.</param>
public sealed record CompileRequest(string? Variant = null, ImmutableArray<KeyValuePair<string, string>> Overrides = default, JsonElement? Config = null,
    Action<string, Graph>? Seen = null)
{
    /// <summary>A task whose settings of the model's parameters are taken; null for those of the variant alone.</summary>
    public string? Task { get; init; }
}

/// <summary>A loaded file with its imports: the front door of the compiler. Text in, values out.</summary>
public sealed class Compilation
{
    private readonly SourceModule _module;
    private readonly ImmutableArray<Diagnostic> _loading;
    private readonly Unreadable _unreadable;

    private Compilation(SourceModule module, ImmutableArray<Diagnostic> loading)
    {
        _module = module;
        _loading = loading;
        _unreadable = new Unreadable(loading, module);
    }

    /// <summary>Parses a file and everything it imports.</summary>
    /// <param name="readFile">Gives the text of an imported file by its path relative to the main file's folder (or the main file's own relative path), or null.</param>
    public static Compilation Load(SourceText source, Func<string, string?> readFile)
    {
        var bag = new DiagnosticBag();
        var module = new ModuleLoader(readFile, bag).Load(source);
        return new Compilation(module, bag.ToImmutable());
    }

    internal SourceModule Module => _module;

    /// <summary>The file and then everything that it imports, directly or not, each once.</summary>
    public ImmutableArray<SourceText> Sources
    {
        get
        {
            var found = new List<SourceModule> { _module };
            for (var i = 0; i < found.Count; i++)
                found.AddRange(found[i].VisibleNames.Select(n => found[i].Find(n)!.Module).Distinct().Except(found).ToList());
            return [_module.File.Source, .. found.Skip(1).Select(m => m.File.Source).OrderBy(s => s.Path, StringComparer.Ordinal)];
        }
    }

    /// <summary>Findings about syntax and imports.</summary>
    public ImmutableArray<Diagnostic> LoadDiagnostics => _loading;

    /// <summary>The file's last model, where it has one.</summary>
    public ModelSyntax? Model => _module.Own.OfType<ModelSyntax>().LastOrDefault();

    public ImmutableArray<string> Variants => Model is { } model ? [.. VariantsOf(model).Select(v => v.Name.Text)] : [];

    /// <summary>The variant that is meant when none is named: <c>tiny</c>, or the first; null when the model has none.</summary>
    public string? DefaultVariant => Variants.Contains("tiny") ? "tiny" : Variants.FirstOrDefault();

    /// <summary>The names of the model's tasks; the first is meant when none is named.</summary>
    public ImmutableArray<string> Tasks => Model is { } model ? [.. ModelArguments.TasksOf(model.Items).Select(t => t.Name.Text).Distinct()] : [];

    /// <summary>The <c>model_type</c>s that the model's <c>config</c> sections read; an empty one reads any file.</summary>
    public ImmutableArray<string> ConfigTypes => Model is { } model
        ? [.. model.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == "config").Select(s => s.Label?.Value ?? "")] : [];

    /// <summary>Everything that is wrong with the file: all variants, and all blocks that can stand alone.</summary>
    public ImmutableArray<Diagnostic> Check()
    {
        var findings = new Findings();
        findings.Add(_loading);
        findings.Add(Find(context => new NameChecker(context, _module).Check()));
        foreach (var model in _module.Own.OfType<ModelSyntax>())
        {
            Lowerer? lowerer = null;
            var suspicions = new List<IReadOnlyList<Diagnostic>>();
            ImmutableArray<Diagnostic> Setting(VariantSyntax? variant) => Find(context =>
            {
                lowerer ??= new Lowerer(context);
                lowerer.Continue(context);
                Lower(model, new CompileRequest(variant?.Name.Text), context, lowerer);
                suspicions.Add(context.Suspicions);
            });
            var variants = VariantsOf(model).DistinctBy(v => v.Name.Text).ToList();
            if (variants.Count == 0)
                findings.Add(Setting(null));
            findings.Add([.. variants.Select(v => (v, Setting(v)))]);
            findings.AddShared(suspicions);
        }
        findings.Add(Find(context => BlockChecker.Check(_module, context)));
        return findings.ToImmutable();
    }

    /// <summary>Compiles one setting of the model; the value is null when there are errors.</summary>
    public Stage<ModelProgram?> Compile(CompileRequest request)
    {
        ModelProgram? program = null;
        var findings = new Findings();
        findings.Add(_loading);
        findings.Add(Find(context =>
        {
            new NameChecker(context, _module).Check();
            if (Model is { } model)
            {
                // A configuration says all that differs from the model's own defaults; those of a variant have no part in it.
                var asked = request with { Variant = request.Variant ?? (request.Config is { } config && ModelArguments.Reads(model, config) ? null : DefaultVariant) };
                program = Lower(model, asked, context, new Lowerer(context));
                if (program is not null && asked.Task is { } task && !Has(program, task))
                {
                    context.Report(NameErrors.TaskLeftOut(task, asked.Variant, TaskDeclared(model, task), [.. Variants.Distinct().Where(v => v != asked.Variant && Offers(model, v, task))]));
                    program = null;
                }
            }
            else if (!context.IsBroken)
                context.Report(NameErrors.NoModel(new Span(_module.File.Source, 0, 0)));
        }));
        return new Stage<ModelProgram?>(program is null ? null : program with { Graph = Pipeline.Run(program.Graph, request.Seen) }, findings.ToImmutable());
    }

    /// <summary>The program before its passes; null where errors were found, in the file or before.</summary>
    private ModelProgram? Lower(ModelSyntax model, CompileRequest request, CompileContext context, Lowerer lowerer)
    {
        var arguments = new ModelArguments(context, lowerer, model, _module);
        if (request.Variant is { } variant && !arguments.Take(variant))
            return null;
        if (request.Task is { } task && !arguments.TakeTask(task))
            return null;
        if (request.Config is { } config)
            arguments.Take(config);
        foreach (var (name, text) in request.Overrides.IsDefault ? [] : request.Overrides)
            arguments.Take(name, text);
        return new ModelCompiler(context, lowerer).Lower(model, _module, arguments.Found, arguments.Call, request.Variant);
    }

    private static bool Has(ModelProgram program, string task) => program.Tasks.Any(t => t.Name == task);

    private static Span TaskDeclared(ModelSyntax model, string task) => ModelArguments.TasksOf(model.Items).First(t => t.Name.Text == task).Name.Span;

    /// <summary>Whether a variant has a task, with the settings that the task asks for.</summary>
    private bool Offers(ModelSyntax model, string variant, string task)
    {
        ModelProgram? program = null;
        Find(context => program = Lower(model, new CompileRequest(variant) { Task = task }, context, new Lowerer(context)));
        return program is not null && Has(program, task);
    }

    private ImmutableArray<Diagnostic> Find(Action<CompileContext> search)
    {
        var bag = new DiagnosticBag();
        search(new CompileContext(_module.File.Source, bag, _loading.Any(d => d.Severity == Severity.Error), _unreadable));
        return bag.ToImmutable();
    }

    private static IEnumerable<VariantSyntax> VariantsOf(ModelSyntax model) => model.Items.OfType<VariantSyntax>();
}
