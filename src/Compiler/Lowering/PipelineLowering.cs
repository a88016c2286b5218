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
/// <param name="TakesFrames">Whether a stage took the axis of frames.</param>
/// <param name="Last">The expression of the last stage, for diagnostics.</param>
internal sealed record MediaPipeline(Value Value, ImmutableArray<string> Parts, bool TakesFrames, Span Last);

/// <summary>Lowers <c>encoder |> stage |> stage</c> into the function that encodes one image.</summary>
/// <param name="frames">Whether pixels carry a leading axis of frames.</param>
internal sealed class PipelineLowering(CompileContext context, Lowerer lowerer, BoundModel model, FunctionBuilder builder, bool frames)
{
    public static readonly Dim Frames = Dim.Symbol("frames");

    private readonly Evaluator _evaluator = new(context, lowerer, builder);
    private readonly Dictionary<string, Value> _pixels = new(StringComparer.Ordinal);

    /// <summary>Lowers one pipeline; null after an error, which has been reported.</summary>
    public MediaPipeline? Lower(ExpressionSyntax expression)
    {
        var stages = Flatten(expression);
        if (Source(stages[0]) is not { } source)
            return null;
        var parts = new List<string> { source.Part.Name };
        Value? value = source.Value;
        var lead = frames ? 1 : 0;
        var previous = stages[0].Span;
        var takesFrames = false;
        foreach (var stage in stages.Skip(1))
        {
            if (Stage(stage, value, ref lead, ref takesFrames, parts, previous) is not { } next)
                return null;
            value = next;
            previous = stage.Span;
        }
        if (lead == 1 && value.Type.Rank == 3)
            value = FlattenFrames(value, expression.Span);
        return value is null ? null : new MediaPipeline(value, [.. parts], takesFrames, previous);
    }

    private static List<ExpressionSyntax> Flatten(ExpressionSyntax expression) =>
        expression is PipeSyntax pipe ? [.. Flatten(pipe.Left), pipe.Right] : [expression];

    private (BoundPart Part, Value Value)? Source(ExpressionSyntax expression)
    {
        var value = _evaluator.Evaluate(expression, model.Scope);
        var (instance, name) = value switch
        {
            InstanceValue i => (i.Instance, "forward"),
            MethodValue m => (m.Instance, m.Function),
            _ => (null, ""),
        };
        var part = instance is null ? null : model.PartOf(instance);
        if (part is not { Role: Role.Encoder } || instance is not BlockInstance block)
        {
            if (value is not ErrorValue)
                context.Report(WiringErrors.NotAnEncoder(part is null ? value.Describe : $"the {part.Role.ToString().ToLowerInvariant()} '{part.Name}'", expression.Span));
            return null;
        }
        part.Used = true;
        if (!block.Functions.TryGetValue(name, out var syntax))
        {
            context.Report(NameErrors.UnknownMember(block.BlockName, new Name(name, expression.Span), block.Functions.Keys, block.Declared));
            return null;
        }
        if (lowerer.Function(block, name, context) is not { } function)
            return null;
        if (function.Inputs is not [{ Type: { Kind: ElementKind.Float, Rank: 3 } picture }])
        {
            context.Report(WiringErrors.EncoderInput(part.Name, function.Inputs.IsEmpty ? "nothing" : string.Join(", ", function.Inputs.Select(i => i.Type)), syntax.Name.Span));
            return null;
        }
        if (!_pixels.TryGetValue(part.Name, out var pixels))
        {
            var several = model.Parts.Count(p => p.Role == Role.Encoder) > 1;
            pixels = builder.Input(several ? $"pixels.{part.Name}" : "pixels", frames ? picture.WithShape([Frames, .. picture.Shape]) : picture);
            _pixels.Add(part.Name, pixels);
        }
        var results = builder.Call(function, [pixels], builder.RelativePath(block.Path), expression.Span,
            (_, expected) => WiringErrors.EncoderInput(part.Name, expected, expression.Span), frames ? 1 : 0);
        return results is [var result] ? (part, result) : null;
    }

    private Value? Stage(ExpressionSyntax stage, Value value, ref int lead, ref bool takesFrames, List<string> parts, Span previous)
    {
        var callee = _evaluator.Evaluate(stage is CallSyntax call ? call.Callee : stage, model.Scope);
        var (function, path) = callee switch
        {
            InstanceValue { Instance: BlockInstance b } => (Find(b, "forward", stage.Span), b.Path),
            MethodValue { Instance: BlockInstance b } m => (Find(b, m.Function, stage.Span), b.Path),
            DeclarationValue { Declaration: { Syntax: FunctionSyntax } d } => (lowerer.Function(d, context), ""),
            _ => (null, ""),
        };
        if ((callee as InstanceValue)?.Instance is { } instance && model.PartOf(instance) is { } part)
            Use(part, parts);
        if ((callee as MethodValue)?.Instance is { } target && model.PartOf(target) is { } owner)
            Use(owner, parts);
        if (callee is ErrorValue || (function is null && callee is InstanceValue { Instance: BlockInstance } or MethodValue { Instance: BlockInstance } or DeclarationValue { Declaration.Syntax: FunctionSyntax }))
            return null;
        if (function is null)
        {
            var operand = new Operand(null, new TensorValue(value), previous);
            var result = stage is CallSyntax c
                ? _evaluator.Invoke(callee, [operand, .. c.Arguments.Select(a => new Operand(a.Name?.Text, _evaluator.Evaluate(a.Value, model.Scope), a.Value.Span))], c.Callee.Span, stage.Span, model.Scope)
                : _evaluator.Invoke(callee, [operand], stage.Span, stage.Span, model.Scope);
            return (result as TensorValue)?.Value;
        }
        if (function.Inputs is not [{ Type: var expected }])
        {
            context.Report(WiringErrors.StageMismatch(stage.Span.Text, $"{function.Inputs.Length} tensors", "one", stage.Span, previous));
            return null;
        }
        var inner = value.Type.Rank - lead;
        if (expected.Rank == inner + 1)
        {
            takesFrames = true;
            if (lead == 0)
                return value;
            lead = 0;
        }
        var carried = value.Type.WithShape(value.Type.Shape[lead..]).ToString();
        var found = builder.Call(function, [value], builder.RelativePath(path), stage.Span, (_, wanted) => WiringErrors.StageMismatch(stage.Span.Text, wanted, carried, stage.Span, previous), lead);
        return found is [var only] ? only : null;
    }

    private Function? Find(BlockInstance block, string name, Span span)
    {
        if (block.Functions.ContainsKey(name))
            return lowerer.Function(block, name, context);
        context.Report(NameErrors.NotCallable($"'{block.BlockName}' has no function `{name}` and", span));
        return null;
    }

    private static void Use(BoundPart part, List<string> parts)
    {
        part.Used = true;
        if (!parts.Contains(part.Name))
            parts.Add(part.Name);
    }

    private Value? FlattenFrames(Value value, Span span) => (_evaluator.Invoke(new BuiltinValue("rearrange"),
        [new Operand(null, new TensorValue(value), span), new Operand(null, new ConstantValue("f n d -> (f n) d"), span)], span, span, model.Scope) as TensorValue)?.Value;
}
