using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>An instance that a selector names, and the list element on the way to it, if any.</summary>
internal sealed record Selected(Instance Instance, Instance? Element);

/// <summary>Finds the instances that a selector such as <c>llm.layers[every 4].self_attn</c> names.</summary>
/// <param name="injected">
/// Gives the woven blocks of a decoder, for <c>llm.injected</c>: all that there are, which may be none, so that a stage need not change when an
/// injection does. Null while nothing can be woven yet, where naming them is a mistake.
/// </param>
internal sealed class SelectorResolver(CompileContext context, Evaluator evaluator, BoundModel model, Func<Instance, IEnumerable<Instance>>? injected)
{
    private const string Injected = "injected";

    /// <summary>The instances in order; empty after an error, which has been reported.</summary>
    public ImmutableArray<Selected> Resolve(SelectorSyntax selector)
    {
        if (model.Root.Names.GetValueOrDefault(selector.Root.Text) is not { } root)
        {
            context.Report(NameErrors.UnknownName(selector.Root.Text, selector.Root.Span, model.Root.Names.Where(n => n.Value is InstanceValue).Select(n => n.Key)));
            return [];
        }
        ImmutableArray<(BoundValue Value, Instance? Element)> current = [(root, null)];
        Span? declared = (root as InstanceValue)?.Instance.Declared;
        foreach (var step in selector.Steps)
        {
            current = Step(current, step, selector, ref declared);
            if (current.IsEmpty)
                return [];
        }
        var found = current.SelectMany(c => Instances(c.Value).Select(i => new Selected(i, c.Element ?? (c.Value is ListValue ? i : null)))).ToImmutableArray();
        if (found.IsEmpty && current.All(c => c.Value is not ErrorValue))
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, "no block or primitive with parameters", selector.Span, declared));
        return found;
    }

    private ImmutableArray<(BoundValue, Instance?)> Step(ImmutableArray<(BoundValue Value, Instance? Element)> current, SelectorStepSyntax step, SelectorSyntax selector, ref Span? declared)
    {
        var next = ImmutableArray.CreateBuilder<(BoundValue, Instance?)>();
        foreach (var (value, element) in current)
        {
            switch (value, step)
            {
                case (InstanceValue { Instance: var instance }, MemberStepSyntax { Name.Text: Injected }) when model.Parts.Any(p => p.Instance == instance):
                    if (injected is not null)
                        next.AddRange(injected(instance).Select(i => ((BoundValue)new InstanceValue(i), (Instance?)i)));
                    else
                        context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, "nothing is woven into it", selector.Span, declared));
                    break;
                case (InstanceValue { Instance: BlockInstance block }, MemberStepSyntax member):
                    if (block.Names.TryGetValue(member.Name.Text, out var found) && found is InstanceValue or ListValue)
                        next.Add((block.Names[member.Name.Text], element));
                    else if (!block.Names.ContainsKey(member.Name.Text) && current.Length == 1)
                    {
                        context.Report(NameErrors.UnknownMember(block.BlockName, member.Name, [.. block.Names.Where(n => n.Value is InstanceValue or ListValue).Select(n => n.Key), Injected], block.Declared));
                        return [];
                    }
                    break;
                case (InstanceValue { Instance: OpInstance op }, MemberStepSyntax member):
                    context.Report(NameErrors.UnknownMember(op.BlockName, member.Name, [], op.Declared));
                    return [];
                case (ListValue list, MemberStepSyntax member):
                    return Step([.. list.Elements.Select(e => (e, (e as InstanceValue)?.Instance))], step, selector, ref declared);
                case (ListValue list, _):
                    declared = (list.Elements.FirstOrDefault() as InstanceValue)?.Instance.Declared ?? declared;
                    foreach (var i in Indices(step, list.Elements.Length, selector, declared))
                        next.Add((list.Elements[i], (list.Elements[i] as InstanceValue)?.Instance));
                    break;
                case (ErrorValue, _):
                    return [];
                default:
                    context.Report(HyperparameterErrors.BadOperand("[...]", value.Describe, step.Span));
                    return [];
            }
        }
        if (next.Count == 0 && current.Length > 0 && step is MemberStepSyntax { Name: var name } && name.Text != Injected)
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, $"none of the {current.Length} selected has a member '{name}'", name.Span, declared));
        return next.ToImmutable();
    }

    private IEnumerable<int> Indices(SelectorStepSyntax step, int count, SelectorSyntax selector, Span? declared)
    {
        switch (step)
        {
            case AllStepSyntax:
                return Enumerable.Range(0, count);
            case EveryStepSyntax every:
                if (Number(every.Period) is not { } period || (every.From is null ? 0 : Number(every.From)) is not { } from)
                    return [];
                var matched = period < 1 ? [] : Enumerable.Range(0, count).Where(i => i >= from && (i - from) % period == 0).ToList();
                if (matched.Count == 0)
                    context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, $"{count} layers, every {period} from {from}", step.Span, declared));
                return matched;
            case IndexStepSyntax index:
                return index.Indices.SelectMany(e => Chosen(e, count, selector, declared)).ToList();
            default:
                return [];
        }
    }

    private IEnumerable<int> Chosen(ExpressionSyntax expression, int count, SelectorSyntax selector, Span? declared)
    {
        IEnumerable<BoundValue> values = evaluator.Evaluate(expression, model.Scope) switch
        {
            RangeValue r => Enumerable.Range(0, count).Where(i => i >= At(r.From?.Value ?? 0, count) && i < At(r.To?.Value ?? count, count)).Select(i => (BoundValue)new ConstantValue(i)),
            ListValue l => l.Elements,
            var v => [v],
        };
        var chosen = new List<int>();
        foreach (var value in values)
        {
            if (value is ErrorValue)
                return [];
            if (value is not ConstantValue { Constant: IntConstant { Size.Value: { } number } })
                context.Report(HyperparameterErrors.NotCompileTime("int, range or list", value.Describe, expression.Span));
            else if (At(number, count) is var i && i >= 0 && i < count)
                chosen.Add((int)i);
            else
                context.Report(HyperparameterErrors.OutOfRange("a list", number, count, expression.Span));
        }
        if (chosen.Count == 0 && !context.Bag.HasErrors)
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, $"there are {count}", expression.Span, declared));
        return chosen;
    }

    private static long At(long index, int count) => index < 0 ? index + count : index;

    private long? Number(ExpressionSyntax expression)
    {
        switch (evaluator.Evaluate(expression, model.Scope))
        {
            case ConstantValue { Constant: IntConstant { Size.Value: { } number } }:
                return number;
            case ErrorValue:
                return null;
            case var other:
                context.Report(HyperparameterErrors.NotCompileTime("int", other.Describe, expression.Span));
                return null;
        }
    }

    private static IEnumerable<Instance> Instances(BoundValue value) => value switch
    {
        InstanceValue i => [i.Instance],
        ListValue l => l.Elements.SelectMany(Instances),
        _ => [],
    };
}
