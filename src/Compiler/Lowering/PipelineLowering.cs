using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>What a pipeline gives for one image.</summary>
/// <param name="Parts">The names of the model's parts that it passes through.</param>
/// <param name="Last">The expression of the last stage, for diagnostics.</param>
/// <param name="LastMade">Where what the last stage calls was made, if it was.</param>
internal sealed record MediaPipeline(Value Value, ImmutableArray<string> Parts, Span Last, Span? LastMade);

/// <summary>Lowers <c>encoder |> stage |> stage</c>, or another expression over pictures and texts, into the function that encodes one image.</summary>
/// <param name="frames">Whether pixels carry a leading axis of frames.</param>
internal sealed class PipelineLowering(CompileContext context, Lowerer lowerer, BoundModel model, FunctionBuilder builder, bool frames)
{
    private readonly EntryValues _values = new(context, lowerer, model, builder, frames);

    private Evaluator Evaluator => _values.Evaluator;

    /// <summary>Whether a stage of some pipeline took the axis of frames, or would take it if there were one.</summary>
    public bool TakesFrames { get; private set; }

    /// <summary>Lowers one pipeline; null after an error, which has been reported, and where a stage wants frames that are not there.</summary>
    public MediaPipeline? Lower(ExpressionSyntax expression)
    {
        var stages = Flatten(expression);
        var parts = new List<string>();
        if (Source(stages[0], parts) is not { } source)
            return null;
        var value = source.Value;
        var lead = frames && source.IsPicture ? 1 : 0;
        var previous = stages[0].Span;
        var made = source.Made;
        foreach (var stage in stages.Skip(1))
        {
            if (Stage(stage, value, source.IsPicture, ref lead, parts, previous, out made) is not { } next)
                return null;
            value = next;
            previous = stage.Span;
        }
        if (lead == 1 && value.Type.Rank == 3)
            value = FlattenFrames(value, expression.Span);
        return value is null ? null : new MediaPipeline(value, [.. parts], previous, made);
    }

    private static List<ExpressionSyntax> Flatten(ExpressionSyntax expression) =>
        expression is PipeSyntax pipe ? [.. Flatten(pipe.Left), pipe.Right] : [expression];

    /// <summary>What a pipeline starts with: what an encoder gives for the picture, or any tensor that an expression gives.</summary>
    private (Value Value, bool IsPicture, Span? Made)? Source(ExpressionSyntax expression, List<string> parts)
    {
        model.Use(expression);
        foreach (var name in ExpressionTree.All(expression).OfType<NameSyntax>())
            if (model.Parts.FirstOrDefault(p => p.Name == name.Text) is { } part)
                Use(part, parts);
        var value = Evaluator.Evaluate(expression, model.Scope);
        var instance = (value as InstanceValue)?.Instance ?? (value as MethodValue)?.Instance;
        var resolved = _values.Resolve(value, expression.Span);
        if (resolved is TensorValue tensor)
            return (tensor.Value, instance is not null, instance?.Declared);
        if (resolved is TupleValue)
            context.Report(WiringErrors.SeveralResults(expression.Span.Text, resolved.Describe, expression.Span));
        else if (!resolved.IsError)
            context.Report(WiringErrors.NotAnEncoder(instance is not null && model.PartOf(instance) is { } found ? found.Describe : value.Describe, expression.Span));
        return null;
    }

    private Value? Stage(ExpressionSyntax stage, Value value, bool isPicture, ref int lead, List<string> parts, Span previous, out Span? made)
    {
        var call = stage as CallSyntax;
        var callee = Evaluator.Evaluate(call?.Callee ?? stage, model.Scope);
        var instance = (callee as InstanceValue)?.Instance ?? (callee as MethodValue)?.Instance;
        made = instance?.Declared;
        model.Use(stage);
        if (instance is not null && model.PartOf(instance) is { } part)
            Use(part, parts);
        if (callee.IsError)
            return null;
        var isFunction = instance is BlockInstance || callee is DeclarationValue { Declaration.Syntax: FunctionSyntax };
        if (!isFunction || call is { Arguments.Length: > 0 })
        {
            var operands = (call?.Arguments ?? []).Select(a => new Operand(a.Name, Evaluator.Evaluate(a.Value, model.Scope), a.Value.Span));
            return Single(Evaluator.Invoke(callee, [new Operand(null, new TensorValue(value), previous), .. operands], (call?.Callee ?? stage).Span, stage.Span), stage.Span);
        }
        var function = callee switch
        {
            MethodValue { Instance: BlockInstance b } m => Find(b, m.Function, stage.Span),
            InstanceValue { Instance: BlockInstance b } => Find(b, "forward", stage.Span),
            DeclarationValue d => lowerer.Function(d.Declaration, stage.Span),
            _ => null,
        };
        if (function is null)
            return null;
        if (function.Inputs is not [{ Type: var expected }])
        {
            context.Report(WiringErrors.StageMismatch(stage.Span.Text, Report.Count(function.Inputs.Length, "tensor"), "one", stage.Span, previous));
            return null;
        }
        if (isPicture && expected.Rank == value.Type.Rank - lead + 1 && (lead == 1 || !frames) && model.Parts.All(p => !p.Sees || p.Instance != instance))
        {
            TakesFrames = true;
            if (lead == 0)
                return null;
            lead = 0;
        }
        var origin = made;
        var carried = value.Type.WithShape(value.Type.Shape[lead..]).ToString();
        return Single(builder.Call(function, [value], builder.RelativePath(instance?.Path ?? ""), stage.Span,
            (_, wanted, _) => WiringErrors.StageMismatch(stage.Span.Text, wanted, carried, stage.Span, previous).See(origin, "made here"), lead), stage.Span);
    }

    private Function? Find(BlockInstance block, string name, Span span)
    {
        if (block.Functions.ContainsKey(name))
            return lowerer.Function(block, name, span);
        context.Report(NameErrors.NoFunction(block.BlockName, name, block.Functions.Keys, span, block.Block.Name.Span));
        return null;
    }

    private Value? Single(ImmutableArray<Value>? results, Span span) => Single(Evaluator.Wrap(results), span);

    /// <summary>The one tensor that a stage gives; reports it when it gives something else.</summary>
    private Value? Single(BoundValue result, Span span)
    {
        if (result is TensorValue tensor)
            return tensor.Value;
        if (!result.IsError)
            context.Report(WiringErrors.SeveralResults(span.Text, result.Describe, span));
        return null;
    }

    private static void Use(BoundPart part, List<string> parts)
    {
        part.Used = true;
        if (!parts.Contains(part.Name))
            parts.Add(part.Name);
    }

    private Value? FlattenFrames(Value value, Span span) => (Evaluator.Invoke(new BuiltinValue("rearrange"),
        [new Operand(null, new TensorValue(value), span), new Operand(null, new ConstantValue("f n d -> (f n) d"), span)], span, span) as TensorValue)?.Value;
}
