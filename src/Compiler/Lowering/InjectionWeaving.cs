using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Finds the join points of an <c>inject ... as BLOCK(...)</c>, places a block at each and checks that it fits.</summary>
internal sealed class InjectionWeaving(CompileContext context, Lowerer lowerer, BoundModel model, List<WovenBlock> woven)
{
    /// <summary>The media rules, as the primitive that makes the mask knows them.</summary>
    private static readonly ImmutableArray<string> Rules = ["preceding_image", "previous_images", "all_images"];

    /// <summary>The injection with its joins; null after an error, which has been reported.</summary>
    public Injection? Prepare(InjectSyntax syntax, Injection injection, TensorType tokens, BlockInstance decoder)
    {
        var evaluator = new Evaluator(context, lowerer);
        if (syntax.Block is null || syntax.Where is null)
            return null;
        if (syntax.Target.Steps.IsEmpty)
        {
            context.Report(WiringErrors.NotAJoin($"the whole of '{syntax.Target.Root}'", syntax.Target.Span));
            return null;
        }
        var rule = syntax.Attending?.Text ?? Rules[^1];
        if (!Rules.Contains(rule))
        {
            context.Report(WiringErrors.UnknownRule(syntax.Attending!, Rules));
            return null;
        }
        var template = evaluator.Evaluate(syntax.Block, model.Scope);
        if (template is not BlockTemplate block)
        {
            if (template is not ErrorValue)
                context.Report(WiringErrors.WovenMismatch(syntax.Block.Span.Text, $"it is {template.Describe}, not a block", syntax.Block.Span, null));
            return null;
        }
        var selected = new SelectorResolver(context, evaluator, model, injected: null).Resolve(syntax.Target);
        var joins = ImmutableArray.CreateBuilder<string>();
        foreach (var join in selected)
        {
            var owner = join.Element ?? join.Instance;
            var path = Free(StatePath.Join(owner.Path, block.Name));
            if (new Instantiator(context, lowerer).Place(block, path, syntax.Block.Span) is not BlockInstance placed)
                return null;
            if (joins.Count == 0 && !Fits(placed, syntax, tokens, decoder))
                return null;
            woven.Add(new WovenBlock(injection.Index, placed, join.Instance.Path, syntax.Where.Text == "before", syntax.Span));
            joins.Add(join.Instance.Path);
        }
        return joins.Count == 0 ? null : injection with { Rule = rule, Joins = joins.ToImmutable() };
    }

    private string Free(string path)
    {
        var free = path;
        for (var i = 2; woven.Any(w => w.Block.Path == free); i++)
            free = $"{path}_{i}";
        return free;
    }

    private bool Fits(BlockInstance block, InjectSyntax syntax, TensorType tokens, BlockInstance decoder)
    {
        var span = syntax.Block!.Span;
        if (!block.Functions.TryGetValue("forward", out var declared))
        {
            context.Report(WiringErrors.WovenMismatch(block.BlockName, "it has no function `forward`", span, block.Block.Name.Span));
            return false;
        }
        if (lowerer.Function(block, "forward", context) is not { } function || !decoder.Functions.ContainsKey("embed") || lowerer.Function(decoder, "embed", context) is not { } embed)
            return false;
        string? problem = null;
        var unifier = new SizeUnifier();
        var hidden = TensorType.Float(Dim.Symbol("text"), embed.Results[0].Type.Shape[^1]);
        var media = TensorType.Float(Dim.Symbol("media"), tokens.Shape[1]);
        if (function.Inputs.Length is not (2 or 3))
            problem = $"`forward` takes {function.Inputs.Length} tensors, it must take the hidden state, the media and, if it likes, the mask";
        else if (!unifier.Match(function.Inputs[0].Type, hidden))
            problem = $"`{function.Inputs[0].Name}` is {function.Inputs[0].Type}, the hidden state is {hidden}";
        else if (!unifier.Match(function.Inputs[1].Type, media))
            problem = $"`{function.Inputs[1].Name}` is {function.Inputs[1].Type}, the media are {media}";
        else if (function.Inputs.Length == 3 && !unifier.Match(function.Inputs[2].Type, TensorType.Bool(hidden.Shape[0], media.Shape[0])))
            problem = $"`{function.Inputs[2].Name}` is {function.Inputs[2].Type}, the mask is mask[text, media]";
        else if (function.Results.Length != 1 || unifier.Resolve(function.Results[0].Type) is not { } result || !result.Equals(hidden))
            problem = $"`forward` gives {string.Join(", ", function.Results.Select(r => r.Type))}, it must give the hidden state {hidden}";
        if (problem is null)
            return true;
        context.Report(WiringErrors.WovenMismatch(block.BlockName, problem, span, declared.Name.Span));
        return false;
    }
}
