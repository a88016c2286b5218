using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Finds the members that each <c>adapt SELECTOR with BLOCK(...)</c> names, places a block at each and checks that it fits where the member is called.</summary>
internal sealed class AdapterPlacement(CompileContext context, Lowerer lowerer, BoundModel model)
{
    /// <summary>The hyperparameters that take the sizes of the last axes of the member's operand and of its result, where a call does not give them.</summary>
    private const string From = "from";
    private const string To = "to";

    private readonly Evaluator _evaluator = new(context, lowerer);
    private readonly Dictionary<Instance, AdaptSyntax> _adapted = [];
    private readonly HashSet<string> _fitting = new(StringComparer.Ordinal);

    /// <summary>Places all adapters of the model; what is wrong has been reported.</summary>
    public void Run(ImmutableArray<EntryPoint> entries)
    {
        if (model.Adaptations.Count == 0)
            return;
        var selections = model.Adaptations.Select(a => (Syntax: a, Targets: Targets(a))).ToList();
        // Where something else is wrong, what is called from where is not known.
        if (context.HasErrors)
            return;
        var sites = CallSites.Find(lowerer, entries, selections.SelectMany(s => s.Targets));
        foreach (var (syntax, targets) in selections)
            foreach (var target in targets)
                if (!Place(syntax, target, sites.GetValueOrDefault(target) ?? []))
                    break;
    }

    /// <summary>The instances of a selector that have parameters and that no other <c>adapt</c> names.</summary>
    private ImmutableArray<Instance> Targets(AdaptSyntax syntax)
    {
        var resolver = new SelectorResolver(context, _evaluator, model, part => model.Injected(part).Select(w => w.Block));
        var targets = ImmutableArray.CreateBuilder<Instance>();
        foreach (var target in resolver.Resolve(syntax.Target).Select(s => s.Instance).Distinct())
        {
            if (!ParameterCollector.Collect(target, "").Any())
                context.Report(AdaptErrors.NoParameters(target.Path, target.BlockName, syntax.Target.Span, target.Declared));
            else if (!_adapted.TryAdd(target, syntax))
                context.Report(AdaptErrors.Twice(target.Path, syntax.Target.Span, _adapted[target].Target.Span));
            else
            {
                targets.Add(target);
                continue;
            }
            break;
        }
        return targets.ToImmutable();
    }

    private bool Place(AdaptSyntax syntax, Instance target, IReadOnlyList<CallSite> sites)
    {
        if (sites.Count == 0)
        {
            context.Report(AdaptErrors.NeverRun(target.Path, syntax.Target.Span, target.Declared));
            return false;
        }
        var template = _evaluator.Evaluate(Complete(syntax.Block, sites[0], out var scope), scope);
        if (template is not (BlockTemplate or ErrorValue))
            context.Report(AdaptErrors.Mismatch($"`{syntax.Block.Span.Text}`", target.Path, $"it is {template.Describe}, not a block", syntax.Block.Span));
        if (template is not BlockTemplate block || new Instantiator(context, lowerer).Place(block, target.Path, syntax.Block.Span) is not BlockInstance placed
            || !sites.All(s => Fits(placed, s, syntax.Block.Span)))
            return false;
        model.Adapted.Add(new AdaptedMember(target, placed, syntax.Span, syntax.Target.Span));
        return true;
    }

    /// <summary>The call with the sizes of the member's operand and result, where the block has hyperparameters for them and the call does not give them.</summary>
    private ExpressionSyntax Complete(ExpressionSyntax block, CallSite site, out Scope scope)
    {
        scope = model.Scope;
        if (block is not CallSyntax call || _evaluator.Evaluate(call.Callee, scope) is not DeclarationValue { Declaration.Syntax: BlockSyntax declared })
            return block;
        var arguments = call.Arguments.ToBuilder();
        foreach (var (name, type) in new[] { (From, site.Operand.Type), (To, site.Result.Type) })
        {
            var index = declared.Hyperparameters.ToList().FindIndex(h => h.Name.Text == name);
            if (index < 0 || index < call.Arguments.Count(a => a.Name is null) || call.Arguments.Any(a => a.Name?.Text == name)
                || type is not { Kind: ElementKind.Float, Rank: > 0 } || type.Shape[^1].Value is null)
                continue;
            // A name that no file can write: the size keeps the formula that it has in the model.
            var given = $"{name} of {site.Target.Path}";
            scope.Define(given, new ConstantValue(type.Shape[^1]));
            arguments.Add(new ArgumentSyntax(new Name(name, call.Span), new NameSyntax(given, call.Span), call.Span));
        }
        return call with { Arguments = arguments.ToImmutable() };
    }

    private bool Fits(BlockInstance block, CallSite site, Span span)
    {
        var (operand, result) = (site.Operand.Type, site.Result.Type);
        if (!_fitting.Add($"{block.Template.SettingKey}|{operand}|{result}"))
            return true;
        if (block.IsBroken)
            return false;
        bool Wrong(string problem, Span declared)
        {
            context.Report(AdaptErrors.Mismatch($"'{block.BlockName}'", site.Target.Path, problem, span).See(declared, "declared here").See(site.Node.Span, "called here"));
            return false;
        }
        if (!block.Functions.TryGetValue("forward", out var syntax))
            return Wrong("it has no function `forward`", block.Block.Name.Span);
        if (lowerer.Function(block, "forward", span) is not { } body)
            return false;
        if (body.Inputs.Length != 2)
            return Wrong($"its `forward` takes {Report.Count(body.Inputs.Length, "tensor")}, not two", syntax.Name.Span);
        var lift = AdapterWeaving.Lift(body, site.Operand);
        if (lift < 0 || result.Rank < lift || !operand.Shape[..lift].AsSpan().SequenceEqual(result.Shape.AsSpan()[..lift]))
            return Wrong($"`{body.Inputs[0].Name}` is {body.Inputs[0].Type}, the operand is {operand} and the result {result}", syntax.Parameters[0].Type.Span);
        ImmutableArray<TensorType> given = [operand.WithShape(operand.Shape[lift..]), result.WithShape(result.Shape[lift..])];
        var unification = Unifier.Unify([.. body.Inputs.Select(i => i.Type)], given);
        if (unification.Failures is [{ Operand: var wrong }, ..])
            return Wrong($"`{body.Inputs[wrong].Name}` is {body.Inputs[wrong].Type}, the {(wrong == 0 ? "operand" : "result")} is {given[wrong]}", syntax.Parameters[wrong].Type.Span);
        if (body.Results is [var changed] && changed.Type.Substitute(unification.Sizes).Equals(given[1]))
            return true;
        var found = string.Join(" and ", body.Results.Select(r => r.Type.Substitute(unification.Sizes)));
        return Wrong($"its `forward` gives {found}, not a tensor like the result {given[1]}", syntax.Results.IsEmpty ? syntax.Name.Span : syntax.Results[0].Span);
    }
}
