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
/// <param name="adapted">Gives the blocks that adapt members of a part, for <c>llm.adapted</c>, in the same way.</param>
internal sealed class SelectorResolver(CompileContext context, Evaluator evaluator, BoundModel model, Func<Instance, IEnumerable<Instance>>? injected,
    Func<Instance, IEnumerable<Instance>>? adapted = null)
{
    private const string Injected = "injected";
    private const string Adapted = "adapted";

    /// <summary>Something on the way of a selector.</summary>
    private sealed record Place(BoundValue Value, Instance? Element);

    /// <summary>The instances in order; empty after an error, which has been reported.</summary>
    public ImmutableArray<Selected> Resolve(SelectorSyntax selector)
    {
        if (model.Find(context, selector.Root) is not { } root)
            return [];
        ImmutableArray<Place> places = [new(root, null)];
        foreach (var step in selector.Steps)
        {
            if (places.Any(p => p.Value.IsError))
                return [];
            places = step switch
            {
                MemberStepSyntax member => Member(places, member.Name, selector),
                ChoiceStepSyntax choice => Choose(places, choice, selector),
                _ => Pick(places, step, selector),
            };
            if (places.IsEmpty)
                return [];
        }
        var found = places.SelectMany(p => Instances(p.Value).Select(i => new Selected(i, p.Element ?? (p.Value is ListValue ? i : null)))).ToImmutableArray();
        if (found.IsEmpty && !places.Any(p => p.Value.IsError))
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, $"this is {places[0].Value.Describe}, no part of the model", selector.Span, null));
        return found;
    }

    private ImmutableArray<Place> Member(ImmutableArray<Place> places, Name name, SelectorSyntax selector)
    {
        places = Flat(places);
        if (name.Text is Injected or Adapted && places is [{ Value: InstanceValue { Instance: var part } }] && model.Parts.Any(p => p.Instance == part))
            return Woven(part, selector, name);
        ImmutableArray<Place> found = [.. places.SelectMany(p => Found(p, name.Text))];
        if (found.IsEmpty && places.All(p => !p.Value.IsError) && name.Text.Length > 0)
            ReportUnknown(places, name, selector);
        return found;
    }

    private ImmutableArray<Place> Woven(Instance part, SelectorSyntax selector, Name name)
    {
        if ((name.Text == Injected ? injected : adapted) is { } blocks)
            return [.. blocks(part).Select(i => new Place(new InstanceValue(i), i))];
        var why = name.Text == Injected ? $"nothing is woven into '{selector.Root}' yet" : $"nothing in '{selector.Root}' is adapted yet";
        context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, why, name.Span, null));
        return [];
    }

    /// <summary>The members of several names, place by place; each name must be there at one of the places.</summary>
    private ImmutableArray<Place> Choose(ImmutableArray<Place> places, ChoiceStepSyntax choice, SelectorSyntax selector)
    {
        places = Flat(places);
        ImmutableArray<Name> names = [.. choice.Names.DistinctBy(n => n.Text)];
        var isWhole = true;
        foreach (var name in names)
            isWhole &= !Member(places, name, selector).IsEmpty;
        return isWhole ? [.. places.SelectMany(p => names.SelectMany(n => Found(p, n.Text)))] : [];
    }

    private static ImmutableArray<Place> Flat(ImmutableArray<Place> places) =>
        [.. places.SelectMany(p => p.Value is ListValue list ? list.Elements.Select(e => new Place(e, (e as InstanceValue)?.Instance)) : [p])];

    private static IEnumerable<Place> Found(Place place, string name) => Member(place.Value, name) is { } member ? [new Place(member, place.Element)] : [];

    private static BoundValue? Member(BoundValue value, string name) =>
        value is InstanceValue { Instance: BlockInstance block } && block.Names.GetValueOrDefault(name) is { } member && (member.IsError || Instances(member).Any()) ? member : null;

    /// <summary>None of the places has the member: it does not exist, or an <c>if</c> leaves it out, or it is no part.</summary>
    private void ReportUnknown(ImmutableArray<Place> places, Name name, SelectorSyntax selector)
    {
        var instances = places.Select(p => (p.Value as InstanceValue)?.Instance).OfType<Instance>().ToList();
        var blocks = instances.OfType<BlockInstance>().ToList();
        if (blocks.Any(b => b.IsBroken))
            return;
        if (instances.Count == 0)
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text,
                places.Length == 0 ? "there are no layers" : $"this is {places[0].Value.Describe}", name.Span, Made(selector)));
        else if (blocks.Select(b => b.Names.GetValueOrDefault(name.Text)).FirstOrDefault(v => v is not null) is { } value)
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, $"'{name}' is {value.Describe}, no part of the model", name.Span, null));
        else if (blocks.Select(b => Definitions.Find(b.Block.Items, name.Text)).FirstOrDefault(d => d is not null) is { } definition)
            context.Report(NameErrors.LeftOut(name.Text, name.Span, definition.Span));
        else
        {
            IEnumerable<string> members = [.. blocks.SelectMany(b => b.Names).Where(n => Instances(n.Value).Any()).Select(n => n.Key).Distinct()];
            var error = NameErrors.UnknownMember($"'{instances[0].BlockName}'", name, members, instances[0].Declared);
            context.Report(blocks.Count > 0 ? error : error with { Help = "a selector ends at a block or a primitive, whose parameters are meant" });
        }
    }

    /// <summary>Where the part at the selector's root was made: what it is given there decides what there is to select.</summary>
    private Span? Made(SelectorSyntax selector) => (model.Root.Names.GetValueOrDefault(selector.Root.Text) as InstanceValue)?.Instance.Declared;

    private ImmutableArray<Place> Pick(ImmutableArray<Place> places, SelectorStepSyntax step, SelectorSyntax selector)
    {
        var picked = ImmutableArray.CreateBuilder<Place>();
        foreach (var place in places)
        {
            if (place.Value is not ListValue list)
            {
                context.Report(WiringErrors.NotAList(place.Value.Describe, step.Span));
                return [];
            }
            foreach (var i in Indices(step, list.Elements.Length, selector, Made(selector)))
                picked.Add(new Place(list.Elements[i], (list.Elements[i] as InstanceValue)?.Instance ?? place.Element));
        }
        return picked.ToImmutable();
    }

    private IEnumerable<int> Indices(SelectorStepSyntax step, int count, SelectorSyntax selector, Span? declared)
    {
        switch (step)
        {
            case EveryStepSyntax every:
                if (Number(every.Period) is not { } period || (every.From is null ? 0 : Number(every.From)) is not { } from)
                    return [];
                var first = At(from, count);
                var matched = period < 1 ? [] : Enumerable.Range(0, count).Where(i => i >= first && (i - first) % period == 0).ToList();
                if (matched.Count == 0)
                    context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text,
                        period < 1 ? $"every {period} is no step" : $"there are {count}, the first of these would be {from}", step.Span, declared));
                return matched;
            case IndexStepSyntax index:
                var chosen = index.Indices.Select(e => Chosen(e, count, selector, declared)).ToList();
                return chosen.Contains(null) ? [] : chosen.SelectMany(c => c!).Distinct();
            default:
                if (count == 0)
                    context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, "there are none", step.Span, declared));
                return Enumerable.Range(0, count);
        }
    }

    /// <summary>The indices that one expression names; null after an error, which has been reported.</summary>
    private IReadOnlyList<int>? Chosen(ExpressionSyntax expression, int count, SelectorSyntax selector, Span? declared)
    {
        var value = evaluator.Evaluate(expression, model.Scope);
        if (value.IsError)
            return null;
        if (value is RangeValue range)
        {
            var (from, to) = (At(range.From?.Value ?? 0, count), At(range.To?.Value ?? count, count));
            if (from >= 0 && to <= count && from < to)
                return [.. Enumerable.Range((int)from, (int)(to - from))];
            context.Report(from >= to ? WiringErrors.SelectorMatchesNothing(selector.Span.Text, "this range is empty", expression.Span, declared)
                : WiringErrors.SelectorOutside(selector.Span.Text, $"there are {count}, so the longest range is 0..{count}", expression.Span, declared));
            return null;
        }
        var chosen = new List<int>();
        foreach (var element in value is ListValue list ? list.Elements : [value])
        {
            if (element is not ConstantValue { Constant: IntConstant { Size.Value: { } number } })
                context.Report(Evaluator.NotKnown("int, range or list", element, expression.Span));
            else if (At(number, count) is var i && i >= 0 && i < count)
                chosen.Add((int)i);
            else
                context.Report(WiringErrors.SelectorOutside(selector.Span.Text,
                    count == 0 ? "there are none" : $"there are {count}: 0 to {count - 1}, or -1 to {-count} from the end", expression.Span, declared));
        }
        if (value is ListValue { Elements.IsEmpty: true })
            context.Report(WiringErrors.SelectorMatchesNothing(selector.Span.Text, "this list is empty", expression.Span, declared));
        return chosen.Count == 0 ? null : chosen;
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
                context.Report(Evaluator.NotKnown("int", other, expression.Span));
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
