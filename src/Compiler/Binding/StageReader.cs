using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Resolves what each training stage of a model changes.</summary>
internal sealed class StageReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    /// <summary>The stages with their settings and entries; what they train is not known before everything that has parameters is placed.</summary>
    public ImmutableArray<Stage> Read(ModelLowering lowering) => [.. model.Stages.Select(s => Read(s, lowering))];

    /// <summary>The same stages with the paths of what they train.</summary>
    public ImmutableArray<Stage> Train(ImmutableArray<Stage> stages, ImmutableArray<Parameter> parameters) =>
        [.. stages.Zip(model.Stages, (stage, syntax) => stage with { Trained = Trained(syntax, parameters) })];

    private ImmutableArray<string> Trained(StageSyntax stage, ImmutableArray<Parameter> parameters)
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
        return trained;
    }

    private Stage Read(StageSyntax stage, ModelLowering lowering)
    {
        var settings = stage.Entries.OfType<StageSettingSyntax>().Select(s => KeyValuePair.Create(s.Key.Text, s.Value.Span.Text));
        var loss = stage.Entries.OfType<StageSettingSyntax>().FirstOrDefault(s => s.Key.Text == "objective") is { } objective
            ? lowering.OverBatch($"loss.{stage.Name}", objective.Value) : null;
        var pushes = stage.Entries.OfType<StageSettingSyntax>().Where(s => s.Key.Text == "push").Select(p => Push(stage, p.Value, lowering)).OfType<KeyValuePair<string, string>>();
        return new Stage(stage.Name.Text, [], [.. settings], stage.Span, loss) { Pushes = [.. pushes] };
    }

    /// <summary><c>push VALUE |> QUEUE</c>: the queue, and the entry that gives the value.</summary>
    private KeyValuePair<string, string>? Push(StageSyntax stage, ExpressionSyntax expression, ModelLowering lowering)
    {
        var queue = expression is PipeSyntax { Right: NameSyntax name } && model.Root.Names.GetValueOrDefault(name.Text) is InstanceValue { Instance: var instance } ? model.PartOf(instance) : null;
        if (queue is { Role: Role.Queue } && expression is PipeSyntax pipe)
            return lowering.OverBatch($"push.{stage.Name}.{queue.Name}", pipe.Left) is { } entry ? KeyValuePair.Create(queue.Name, entry) : null;
        context.Report(WiringErrors.NotAQueue(queue?.Describe ?? $"`{expression.Span.Text}`", expression.Span));
        return null;
    }
}
