using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Resolves what each training stage of a model changes, by which loss, and how.</summary>
internal sealed class StageReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    public const string ObjectiveKey = "objective", PushKey = "push";

    private readonly StageSettings _settings = new(context, lowerer, model);

    /// <summary>The stages with their settings and entries; what they train is not known before everything that has parameters is placed.</summary>
    public ImmutableArray<Stage> Read(ModelLowering lowering) => [.. model.Stages.Select(s => Read(s, lowering))];

    /// <summary>The same stages with the paths of what they train.</summary>
    public ImmutableArray<Stage> Train(ImmutableArray<Stage> stages, ImmutableArray<Parameter> parameters)
    {
        var selection = new StageSelection(context, lowerer, model, parameters);
        var groups = new StageGroups(context, _settings, selection);
        return [.. stages.Zip(model.Stages, (stage, syntax) =>
        {
            var trained = Trained(syntax, selection);
            return stage with { Trained = trained, Groups = groups.Read(syntax, trained) };
        })];
    }

    private ImmutableArray<string> Trained(StageSyntax stage, StageSelection selection)
    {
        ImmutableArray<SelectorSyntax> selectors = [.. stage.Entries.OfType<TrainSyntax>().SelectMany(t => t.Selectors)];
        foreach (var selector in selectors)
            if (model.Root.Names.GetValueOrDefault(selector.Root.Text) is InstanceValue { Instance: var root } && model.PartOf(root) is { Role: Role.Twin or Role.Queue } part)
                context.Report(StageErrors.NeverTrained(part.Describe, part.Role == Role.Twin ? "a twin follows its part as a moving average: train the part"
                    : "a queue keeps what a stage pushes into it; a learned tensor is a plain member", selector.Span, part.Declared));
        var (trained, isNamed) = selection.Paths(selectors);
        if (trained.IsEmpty && (isNamed || !context.HasErrors))
            context.Report(StageErrors.UntrainedStage(stage.Name.Text, selectors.IsEmpty ? null : selectors.Select(s => s.Span.Text), stage.Name.Span));
        return trained;
    }

    private Stage Read(StageSyntax stage, ModelLowering lowering)
    {
        var settings = stage.Entries.OfType<StageSettingSyntax>().Select(s => KeyValuePair.Create(s.Key.Text, s.Value.Span.Text));
        var pushes = Pushes(stage);
        var objective = _settings.Single(stage, ObjectiveKey);
        if (objective is null && stage.Entries.OfType<StageSettingSyntax>().FirstOrDefault(s => s.Key.Text == PushKey) is { } push)
            context.Report(StageErrors.PushWithoutObjective(stage.Name.Text, push.Span));
        var loss = objective is null ? null : lowering.Loss($"loss.{stage.Name}", objective.Value, pushes);
        return new Stage(stage.Name.Text, [], [.. settings], stage.Span, loss?.Entry)
        {
            Terms = loss?.Terms ?? [],
            Pushes = [.. pushes.Select(p => p.Queue.Name)],
            Optimizer = _settings.Optimizer(stage),
            Schedule = _settings.Schedule(stage),
            Momentum = _settings.Momentum(stage),
            Clip = _settings.Clip(stage),
        };
    }

    private ImmutableArray<QueuePush> Pushes(StageSyntax stage)
    {
        var pushes = ImmutableArray.CreateBuilder<QueuePush>();
        var places = new Dictionary<string, Span>(StringComparer.Ordinal);
        foreach (var push in stage.Entries.OfType<StageSettingSyntax>().Where(s => s.Key.Text == PushKey))
            if (Queue(push.Value) is not { } queue)
                continue;
            else if (places.TryAdd(queue.Name, push.Value.Span))
                pushes.Add(new QueuePush(queue, ((PipeSyntax)push.Value).Left));
            else
                context.Report(WiringErrors.QueueTwice(queue.Name, push.Value.Span, places[queue.Name]));
        return pushes.ToImmutable();
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
}
