using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Resolves what each training stage of a model changes.</summary>
internal sealed class StageReader(CompileContext context, Lowerer lowerer, BoundModel model, ImmutableArray<Parameter> parameters)
{
    public ImmutableArray<Stage> Read() => [.. model.Stages.Select(Read)];

    private Stage Read(StageSyntax stage)
    {
        var resolver = new SelectorResolver(context, new Evaluator(context, lowerer), model, decoder => model.Injected(decoder).Select(w => w.Block),
            part => model.AdaptedIn(part).Select(a => a.Block));
        ImmutableArray<SelectorSyntax> selectors = [.. stage.Entries.OfType<TrainSyntax>().SelectMany(t => t.Selectors)];
        var selected = selectors.SelectMany(s => resolver.Resolve(s)).Select(s => s.Instance).ToList();
        // An adapter stands at the path of what it adapts, whose own parameters are not meant.
        var adapters = selected.Intersect(model.Adapted.Select(a => a.Block)).ToList();
        var own = adapters.SelectMany(a => ParameterCollector.Collect(a, "")).Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        var roots = selected.Except(adapters).Select(s => s.Path).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> trained = [.. parameters.Where(p => own.Contains(p.Path) || roots.Any(r => StatePath.IsWithin(r, p.Path))).Select(p => p.Path)];
        if (trained.IsEmpty && (selected.Count > 0 || !context.HasErrors))
            context.Report(WiringErrors.UntrainedStage(stage.Name.Text, selectors.IsEmpty ? null : selectors.Select(s => s.Span.Text), stage.Name.Span));
        var settings = stage.Entries.OfType<StageSettingSyntax>().Select(s => KeyValuePair.Create(s.Key.Text, s.Value.Span.Text));
        return new Stage(stage.Name.Text, trained, [.. settings], stage.Span);
    }
}
