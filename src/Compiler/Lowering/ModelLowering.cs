using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// Makes the functions that the runtime enters at: <c>encode</c> (pixels of one image to the tokens of each injection), <c>prefill</c> and <c>step</c> (tokens and media to hidden
/// states, with and without the spliced prefix), <c>head</c> (hidden states to logits), and one for each output, score, objective and stage.
/// </summary>
internal sealed class ModelLowering(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private readonly List<EntryPoint> _entries = [];
    private readonly List<Output> _outputs = [];
    private readonly List<Objective> _objectives = [];
    private LanguageLoss _language = new(context, lowerer, null, null, null);

    public ImmutableArray<EntryPoint> Entries => [.. _entries];

    public ImmutableArray<Injection> Injections { get; private set; } = [];

    public ImmutableArray<Output> Outputs => [.. _outputs];

    public ImmutableArray<Objective> Objectives => [.. _objectives];

    public bool HasFrames { get; private set; }

    public void Run()
    {
        HasFrames = model.Injections.Select(i => i.Pipeline).Concat(model.Outputs.Where(o => !IsOverBatch(o.Value)).Select(o => o.Value)).Any(TakesFrames);
        var pipelines = Encode();
        (var entries, Injections) = new DecoderLowering(context, lowerer, model).Run(pipelines);
        _entries.AddRange(entries);
        Function? Made(string entry) => _entries.FirstOrDefault(e => e.Name == entry) is { } point ? lowerer.Named(point.Function) : null;
        _language = new LanguageLoss(context, lowerer, Made("encode"), Made("prefill"), Made("head"));
        CheckFunctions();
        foreach (var output in model.Outputs)
            Output(output);
        foreach (var objective in model.Batch.Where(b => b.Role == "objective"))
            if (OverBatch($"objective.{objective.Name}", new NameSyntax(objective.Name.Text, objective.Name.Span)) is { } entry)
                _objectives.Add(new Objective(objective.Name.Text, entry));
        var isWired = pipelines.All(p => p.Pipeline is not null) && _outputs.Count == model.Outputs.Count;
        _mayReport = isWired && !context.IsBroken;
    }

    private bool _mayReport;

    /// <summary>Finds what is wrong in functions and batch values that nothing names.</summary>
    private void CheckFunctions()
    {
        foreach (var function in model.Root.Functions.Values)
            lowerer.Function(model.Root, function.Name.Text, function.Name.Span);
        var values = new EntryValues(context, lowerer, model, new FunctionBuilder(context, ""), HasFrames, _language);
        foreach (var batch in model.Batch)
            values.Resolve(new BatchValue(batch.Name.Text, batch.Role == "objective"), batch.Name.Span);
    }

    /// <summary>
    /// The loss of a stage with all that a step computes beside it, as one entry, so that what several of them need is computed once. Null after an error, which has
    /// been reported.
    /// </summary>
    public StageLoss? Loss(string name, ExpressionSyntax objective, ImmutableArray<QueuePush> pushes)
    {
        var (builder, values, loss) = Evaluated(sharesPictures: false);
        if (loss is not null && values.TakesPicturesTwice)
            (builder, values, loss) = Evaluated(sharesPictures: true);
        if (loss is { Type: not { Rank: 0, Kind: ElementKind.Float } })
        {
            context.Report(WiringErrors.ObjectiveShape(loss.Type.ToString(), objective.Span));
            loss = null;
        }
        ImmutableArray<Value?> rows = [.. pushes.Select(p => Rows(values, p))];
        if (loss is null || rows.Contains(null))
            return null;
        ImmutableArray<NameSyntax> terms = [.. Mentioned(objective, values.Evaluator).DistinctBy(n => n.Text)];
        // Stages often have one objective.
        var key = string.Join("\n", [objective.Span.Text, .. terms.Select(t => t.Text), .. pushes.Select(p => $"{p.Value.Span.Text} |> {p.Queue.Name}")]);
        if (!_overBatch.TryGetValue(key, out var entry))
        {
            Enter(name, builder.Build(lowerer.Unique(name), [loss, .. terms.Select(t => values.Evaluate(t)!), .. rows.OfType<Value>()]));
            entry = _overBatch[key] = name;
        }
        return new StageLoss(entry, [.. terms.Select(t => t.Text)]);

        (FunctionBuilder, EntryValues, Value?) Evaluated(bool sharesPictures)
        {
            var builder = new FunctionBuilder(context, "");
            var values = new EntryValues(context, lowerer, model, builder, HasFrames, _language) { SharesPictures = sharesPictures };
            return (builder, values, values.Evaluate(objective));
        }
    }

    /// <summary>What is put into a queue, a row for each sample; null after an error, which has been reported.</summary>
    private Value? Rows(EntryValues values, QueuePush push)
    {
        if (values.Evaluate(push.Value) is not { } value)
            return null;
        var expected = TensorType.Float([EntryValues.Batch, .. ParameterCollector.Collect(push.Queue.Instance, push.Queue.Name).Single().Shape.Skip(1)]);
        if (value.Type.Equals(expected))
            return value;
        context.Report(WiringErrors.QueueRows(push.Queue.Name, expected.ToString(), value.Type.ToString(), push.Value.Span, push.Queue.Declared));
        return null;
    }

    /// <summary>The objectives that an expression names, in order; of a condition, those of the branch that holds.</summary>
    private IEnumerable<NameSyntax> Mentioned(ExpressionSyntax expression, Evaluator evaluator) => expression switch
    {
        NameSyntax name => model.Root.Names.GetValueOrDefault(name.Text) is BatchValue { IsObjective: true } ? [name] : [],
        ConditionalSyntax c => Mentioned(evaluator.Condition(c.Condition, model.Scope) is true ? c.Then : c.Else, evaluator),
        _ => ExpressionTree.Children(expression).SelectMany(e => Mentioned(e, evaluator)),
    };

    /// <summary>The type of what an entry gives.</summary>
    public TensorType Result(string entry) => lowerer.Named(_entries.First(e => e.Name == entry).Function).Results[0].Type;

    /// <summary>An entry over all samples of a batch; null after an error, which has been reported.</summary>
    public string? OverBatch(string name, ExpressionSyntax expression)
    {
        if (_overBatch.TryGetValue(expression.Span.Text, out var known))
            return known;
        var builder = new FunctionBuilder(context, "");
        if (new EntryValues(context, lowerer, model, builder, HasFrames, _language).Evaluate(expression) is not { } value)
            return null;
        Enter(name, builder.Build(lowerer.Unique(name), [value]));
        return _overBatch[expression.Span.Text] = name;
    }

    /// <summary>The entries that are there already, by what they give.</summary>
    private readonly Dictionary<string, string> _overBatch = new(StringComparer.Ordinal);

    /// <summary>An entry that gives what an expression over one sample's pictures and texts says; null after an error, which has been reported.</summary>
    public string? OfSample(string name, ExpressionSyntax expression)
    {
        if (IsOverBatch(expression))
            return OverBatch(name, expression);
        var builder = new FunctionBuilder(context, "");
        if (new PipelineLowering(context, lowerer, model, builder, HasFrames).Lower(expression) is not { } pipeline)
            return null;
        Enter(name, builder.Build(lowerer.Unique(name), [pipeline.Value]));
        return name;
    }

    /// <summary>Whether an expression names a value of the batch.</summary>
    private bool IsOverBatch(ExpressionSyntax expression) => ExpressionTree.All(expression).OfType<NameSyntax>()
        .Any(n => model.Root.Names.TryGetValue(n.Text, out var value) ? value is BatchValue : BatchTerms.Names.Contains(n.Text));

    /// <summary>A part that no pipeline passes through; what could not be built or read is not counted.</summary>
    public void ReportUnused()
    {
        if (!_mayReport)
            return;

        foreach (var part in model.Parts.Where(p => !p.Used && (p.Role is Role.Bridge or Role.Member or Role.Twin or Role.Queue || p.Role == Role.Encoder && model.Injections.Count + model.Outputs.Count > 0)))
            context.Report(WiringErrors.UnusedPart(part.Describe, part.Declared));
    }

    /// <summary>Tries a pipeline on single frames and sees whether a stage wants one axis more. What is wrong with the pipeline itself is found again later.</summary>
    private bool TakesFrames(ExpressionSyntax pipeline)
    {
        var trial = new CompileContext(model.Syntax.Span.Source, new DiagnosticBag());
        var lowering = new PipelineLowering(trial, lowerer, model, new FunctionBuilder(trial, ""), frames: false);
        lowering.Lower(pipeline);
        return lowering.TakesFrames;
    }

    private ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> Encode()
    {
        if (model.Injections.Count == 0)
            return [];
        var builder = new FunctionBuilder(context, "");
        var lowering = new PipelineLowering(context, lowerer, model, builder, HasFrames);
        ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> pipelines = [.. model.Injections.Select(i => (i, lowering.Lower(i.Pipeline)))];
        if (pipelines.All(p => p.Pipeline is not null))
            Enter("encode", builder.Build(lowerer.Unique("encode"), [.. pipelines.Select(p => p.Pipeline!.Value)]));
        return pipelines;
    }

    private void Output(OutputSyntax output)
    {
        if (OfSample($"output.{output.Name.Value}", output.Value) is { } entry)
            _outputs.Add(new Output(output.Name.Value, entry, IsOverBatch(output.Value)));
    }

    private void Enter(string entry, Function function)
    {
        lowerer.Add(function);
        _entries.Add(new EntryPoint(entry, function.Name));
    }
}

/// <summary>A value over a batch that a stage puts into a queue.</summary>
internal sealed record QueuePush(BoundPart Queue, ExpressionSyntax Value);

/// <summary>The entry of a stage's loss, and the named objectives that are results of it after the loss itself.</summary>
internal sealed record StageLoss(string Entry, ImmutableArray<string> Terms);
