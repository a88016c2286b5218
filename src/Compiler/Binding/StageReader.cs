using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

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
        foreach (var selector in selectors)
            if (model.Root.Names.GetValueOrDefault(selector.Root.Text) is InstanceValue { Instance: var root } && model.PartOf(root) is { Role: Role.Twin or Role.Queue } part)
                context.Report(WiringErrors.NeverTrained(part.Describe, part.Role == Role.Twin ? "a twin follows its part as a moving average: train the part"
                    : "a queue keeps what a stage pushes into it; a learned tensor is a plain member", selector.Span, part.Declared));
        var selected = selectors.SelectMany(s => resolver.Resolve(s)).Select(s => s.Instance).ToList();
        // An adapter stands at the path of what it adapts, whose own parameters are not meant.
        var adapters = selected.Intersect(model.Adapted.Select(a => a.Block)).ToList();
        // So does a member `at ""` at the path of its block.
        var pathless = selected.Except(adapters).Where(s => s.Owner is { } owner && owner.Path == s.Path).ToList();
        var own = adapters.Concat(pathless).SelectMany(a => ParameterCollector.Collect(a, "")).Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        var roots = selected.Except(adapters).Except(pathless).Select(s => s.Path).ToHashSet(StringComparer.Ordinal);
        ImmutableArray<string> trained = [.. parameters.Where(p => own.Contains(p.Path) || roots.Any(r => StatePath.IsWithin(r, p.Path))).Select(p => p.Path)];
        if (trained.IsEmpty && (selected.Count > 0 || !context.HasErrors))
            context.Report(WiringErrors.UntrainedStage(stage.Name.Text, selectors.IsEmpty ? null : selectors.Select(s => s.Span.Text), stage.Name.Span));
        return trained;
    }

    private Stage Read(StageSyntax stage, ModelLowering lowering)
    {
        var settings = stage.Entries.OfType<StageSettingSyntax>().Select(s => KeyValuePair.Create(s.Key.Text, s.Value.Span.Text));
        var loss = stage.Entries.OfType<StageSettingSyntax>().FirstOrDefault(s => s.Key.Text == "objective") is { } objective
            ? lowering.Loss($"loss.{stage.Name}", objective.Value) : null;
        var pushes = new Dictionary<string, (string Entry, Span Span)>(StringComparer.Ordinal);
        foreach (var push in stage.Entries.OfType<StageSettingSyntax>().Where(s => s.Key.Text == "push"))
            if (Queue(push.Value) is not { } queue)
                continue;
            else if (pushes.TryGetValue(queue.Name, out var first))
                context.Report(WiringErrors.QueueTwice(queue.Name, push.Value.Span, first.Span));
            else if (Push(stage, ((PipeSyntax)push.Value).Left, queue, lowering) is { } entry)
                pushes.Add(queue.Name, (entry, push.Value.Span));
        return new Stage(stage.Name.Text, [], [.. settings], stage.Span, loss) { Pushes = [.. pushes.Keys] };
    }

    /// <summary>The queue of <c>push VALUE |> QUEUE</c>; null after an error, which has been reported.</summary>
    private BoundPart? Queue(ExpressionSyntax expression)
    {
        var value = expression is PipeSyntax { Right: NameSyntax name } ? model.Find(context, new Name(name.Text, name.Span)) ?? ErrorValue.Instance : null;
        var part = value is InstanceValue { Instance: var instance } ? model.PartOf(instance) : null;
        if (part is { Role: Role.Queue })
            return part;
        if (value is not ErrorValue)
            context.Report(WiringErrors.NotAQueue(part?.Describe ?? value?.Describe ?? (expression is PipeSyntax { Right: var right } ? $"`{right.Span.Text}`" : "nothing"), expression.Span));
        return null;
    }

    /// <summary>The entry that gives what is pushed, a row of the queue for each sample; null after an error, which has been reported.</summary>
    private string? Push(StageSyntax stage, ExpressionSyntax value, BoundPart queue, ModelLowering lowering)
    {
        if (lowering.OverBatch($"push.{stage.Name}.{queue.Name}", value) is not { } entry)
            return null;
        var expected = TensorType.Float([EntryValues.Batch, .. ParameterCollector.Collect(queue.Instance, queue.Name).Single().Shape.Skip(1)]);
        if (lowering.Result(entry).Equals(expected))
            return entry;
        context.Report(WiringErrors.QueueRows(queue.Name, expected.ToString(), lowering.Result(entry).ToString(), value.Span, queue.Declared));
        return null;
    }
}
