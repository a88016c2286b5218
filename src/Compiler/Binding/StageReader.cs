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
        var resolver = new SelectorResolver(context, new Evaluator(context, lowerer), model, decoder => model.Injected(decoder).Select(w => w.Block));
        var trains = stage.Entries.OfType<TrainSyntax>().ToList();
        var before = context.Bag.Count;
        var roots = trains.SelectMany(t => t.Selectors).SelectMany(s => resolver.Resolve(s)).Select(s => s.Instance.Path).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> trained = [.. parameters.Where(p => roots.Any(r => StatePath.IsWithin(r, p.Path))).Select(p => p.Path)];
        if (trained.IsEmpty && context.Bag.Count == before)
            context.Report(WiringErrors.UntrainedStage(stage.Name.Text, stage.Name.Span));
        var settings = stage.Entries.OfType<StageSettingSyntax>().Select(s => KeyValuePair.Create(s.Key.Text, s.Value.Span.Text));
        return new Stage(stage.Name.Text, trained, [.. settings], stage.Span);
    }
}
