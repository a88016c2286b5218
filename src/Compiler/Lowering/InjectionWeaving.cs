using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Finds the join points of an <c>inject ... as BLOCK(...)</c>, places a block at each and checks that it fits.</summary>
internal sealed class InjectionWeaving(CompileContext context, Lowerer lowerer, BoundModel model)
{
    /// <summary>The injection with its joins; null after an error, which has been reported.</summary>
    /// <param name="pipeline">What gives the media.</param>
    /// <param name="width">The decoder's width; null where its functions have errors.</param>
    public Injection? Prepare(InjectSyntax syntax, Injection injection, MediaPipeline pipeline, BoundPart decoder, Dim? width)
    {
        if (syntax.Block is null || syntax.Where is null)
            return null;
        if (syntax.Target.Steps.IsEmpty)
        {
            context.Report(WiringErrors.NotAJoin($"the whole of '{syntax.Target.Root}'", syntax.Target.Span));
            return null;
        }
        var evaluator = new Evaluator(context, lowerer);
        var rule = syntax.Attending?.Text ?? MediaMaskOp.Rules[^1];
        var hasRule = MediaMaskOp.Rules.Contains(rule);
        if (!hasRule)
            context.Report(WiringErrors.UnknownRule(syntax.Attending!, MediaMaskOp.Rules));
        var template = evaluator.Evaluate(syntax.Block, model.Scope);
        if (template is not (BlockTemplate or ErrorValue))
            context.Report(WiringErrors.WovenMismatch($"`{syntax.Block.Span.Text}`", $"it is {template.Describe}, not a block", syntax.Block.Span));
        var selected = new SelectorResolver(context, evaluator, model, injected: null).Resolve(syntax.Target);
        if (template is not BlockTemplate block || !hasRule || selected.IsEmpty)
            return null;
        var instantiator = new Instantiator(context, lowerer);
        foreach (var join in selected)
        {
            var owner = Owner(join);
            if (instantiator.Place(block, Free(StatePath.Join(owner.Path, block.Name), owner), syntax.Block.Span) is not BlockInstance placed)
                return null;
            if (join == selected[0] && !Fits(placed, syntax.Block.Span, pipeline, decoder, width))
                return null;
            model.Woven.Add(new WovenBlock(injection.Index, placed, join.Instance, syntax.Where.Text == "before", syntax.Span, syntax.Target.Span));
        }
        return injection with { Rule = rule, Joins = [.. selected.Select(s => s.Instance.Path)] };
    }

    /// <summary>
    /// Below which instance the woven block stands: the layer, where the join is the layer or a member of it; further inside, the block whose function calls the join,
    /// since a function names only what is below its own instance.
    /// </summary>
    private static Instance Owner(Selected join) => join.Element is not { } layer ? join.Instance
        : join.Instance == layer || join.Instance.Owner == layer ? layer
        : join.Instance.Owner ?? layer;

    /// <summary>The path, numbered where a member or another woven block has it already.</summary>
    private string Free(string path, Instance owner)
    {
        var taken = model.Woven.Select(w => w.Block.Path).Concat(owner is BlockInstance block ? block.Owned.Select(o => o.Path) : []).ToHashSet(StringComparer.Ordinal);
        var free = path;
        for (var i = 2; taken.Contains(free); i++)
            free = $"{path}_{i}";
        return free;
    }

    private bool Fits(BlockInstance block, Span span, MediaPipeline pipeline, BoundPart decoder, Dim? width)
    {
        if (!block.Functions.TryGetValue("forward", out var syntax))
        {
            context.Report(WiringErrors.WovenMismatch($"'{block.BlockName}'", "it has no function `forward`", span).See(block.Block.Name.Span, "declared here"));
            return false;
        }
        if (lowerer.Function(block, "forward", span) is not { } function || width is not { } d)
            return false;
        var hidden = TensorType.Float(Dim.Symbol("text"), d);
        var media = TensorType.Float(Dim.Symbol("media"), pipeline.Value.Type.Shape[^1]);
        ImmutableArray<TensorType> given = [hidden, media, TensorType.Bool(hidden.Shape[0], media.Shape[0])];
        if (function.Inputs.Length is not (2 or 3))
        {
            var taken = Report.Count(function.Inputs.Length, "tensor");
            context.Report(WiringErrors.WovenMismatch($"'{block.BlockName}'", $"its `forward` takes {taken}, not the hidden state, the media and, if it likes, the mask", span)
                .See(syntax.Name.Span, "declared here"));
            return false;
        }
        var unification = Unifier.Unify([.. function.Inputs.Select(i => i.Type)], given[..function.Inputs.Length]);
        if (unification.Failures is [var first, ..])
        {
            var (input, what) = (function.Inputs[first.Operand], (string[])["the hidden state is", "the media are", "the mask is"]);
            var error = WiringErrors.WovenMismatch($"'{block.BlockName}'", $"`{input.Name}` is {input.Type}, {what[first.Operand]} {given[first.Operand]}", span);
            error = first.Operand switch
            {
                0 => error.See(decoder.Declared, $"'{decoder.Name}' has width {d}"),
                1 => error.See(pipeline.Last, $"gives {pipeline.Value.Type}"),
                _ => error,
            };
            context.Report(error.See(syntax.Parameters[first.Operand].Type.Span, "declared here"));
            return false;
        }
        if (function.Results is [var result] && result.Type.Substitute(unification.Sizes).Equals(hidden))
            return true;
        var found = string.Join(" and ", function.Results.Select(r => r.Type.Substitute(unification.Sizes)));
        context.Report(WiringErrors.WovenMismatch($"'{block.BlockName}'", $"its `forward` gives {found}, not the hidden state {hidden}", span)
            .See(syntax.Results.IsEmpty ? syntax.Name.Span : syntax.Results[0].Span, "declared here"));
        return false;
    }
}
