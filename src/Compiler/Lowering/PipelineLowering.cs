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

/// <summary>Lowers <c>encoder |> stage |> stage</c> into the function that encodes one image.</summary>
/// <param name="frames">Whether pixels carry a leading axis of frames.</param>
internal sealed class PipelineLowering(CompileContext context, Lowerer lowerer, BoundModel model, FunctionBuilder builder, bool frames)
{
    public static readonly Dim Frames = Dim.Symbol("frames");

    private readonly Evaluator _evaluator = new(context, lowerer, builder);
    private readonly Dictionary<string, Value> _pixels = new(StringComparer.Ordinal);

    /// <summary>Whether a stage of some pipeline took the axis of frames, or would take it if there were one.</summary>
    public bool TakesFrames { get; private set; }

    /// <summary>Lowers one pipeline; null after an error, which has been reported, and where a stage wants frames that are not there.</summary>
    public MediaPipeline? Lower(ExpressionSyntax expression)
    {
        var stages = Flatten(expression);
        if (Source(stages[0]) is not { } source)
            return null;
        var parts = new List<string> { source.Part.Name };
        var value = source.Value;
        var lead = frames ? 1 : 0;
        var previous = stages[0].Span;
        var made = (Span?)source.Part.Instance.Declared;
        foreach (var stage in stages.Skip(1))
        {
            if (Stage(stage, value, ref lead, parts, previous, out made) is not { } next)
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
            if (!value.IsError)
                context.Report(WiringErrors.NotAnEncoder(part is null ? value.Describe : part.Describe, expression.Span));
            return null;
        }
        part.Used = true;
        if (Find(block, name, expression.Span) is not { } function)
            return null;
        if (function.Inputs is not [{ Type: { Kind: ElementKind.Float, Rank: 3 } picture }])
        {
            var found = function.Inputs.IsEmpty ? "nothing" : Diagnostics.Words.Join([.. function.Inputs.Select(i => i.Type.ToString())], "and");
            context.Report(WiringErrors.EncoderInput(part.Name, found, expression.Span, block.Functions[name].Name.Span));
            return null;
        }
        part.Picture ??= picture;
        if (!_pixels.TryGetValue(part.Name, out var pixels))
        {
            var several = model.Parts.Count(p => p.Role == Role.Encoder) > 1;
            pixels = builder.Input(several ? $"pixels.{part.Name}" : "pixels", frames ? picture.WithShape([Frames, .. picture.Shape]) : picture);
            _pixels.Add(part.Name, pixels);
        }
        var results = builder.Call(function, [pixels], builder.RelativePath(block.Path), expression.Span,
            (_, expected, _) => WiringErrors.EncoderPictures(part.Name, expected, part.Picture.ToString(), expression.Span, block.Functions[name].Name.Span),
            frames ? 1 : 0);
        return Single(results, expression.Span) is { } result ? (part, result) : null;
    }

    private Value? Stage(ExpressionSyntax stage, Value value, ref int lead, List<string> parts, Span previous, out Span? made)
    {
        var call = stage as CallSyntax;
        var callee = _evaluator.Evaluate(call?.Callee ?? stage, model.Scope);
        var instance = (callee as InstanceValue)?.Instance ?? (callee as MethodValue)?.Instance;
        made = instance?.Declared;
        if (instance is not null && model.PartOf(instance) is { } part)
            Use(part, parts);
        if (callee.IsError)
            return null;
        var isFunction = instance is BlockInstance || callee is DeclarationValue { Declaration.Syntax: FunctionSyntax };
        if (!isFunction || call is { Arguments.Length: > 0 })
        {
            var operands = (call?.Arguments ?? []).Select(a => new Operand(a.Name, _evaluator.Evaluate(a.Value, model.Scope), a.Value.Span));
            return Single(_evaluator.Invoke(callee, [new Operand(null, new TensorValue(value), previous), .. operands], (call?.Callee ?? stage).Span, stage.Span), stage.Span);
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
        if (expected.Rank == value.Type.Rank - lead + 1)
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

    private Value? FlattenFrames(Value value, Span span) => (_evaluator.Invoke(new BuiltinValue("rearrange"),
        [new Operand(null, new TensorValue(value), span), new Operand(null, new ConstantValue("f n d -> (f n) d"), span)], span, span) as TensorValue)?.Value;
}
