using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>Places templates at paths: a block's members are evaluated and become instances below it.</summary>
internal sealed class Instantiator(CompileContext context, Lowerer lowerer)
{
    /// <summary>A parameter beyond this could not be stored anywhere, and the sum of all that the work limit allows stays within 64 bits.</summary>
    private const long MostElements = 1L << 44;

    private readonly Evaluator _evaluator = new(context, lowerer);
    private readonly HashSet<Origin> _bad = [];

    /// <summary>The instance, or null when the template could not be built.</summary>
    public Instance? Place(Template template, string path, Span declared)
    {
        if (template is OpTemplate op)
            return HasGoodParameters(op, declared) ? new OpInstance(path, op, declared) : null;
        var block = (BlockTemplate)template;
        var outer = context.Origin;
        if (!context.Enter(block.Block, declared))
            return null;
        var instance = new BlockInstance(path, block, declared) { Origin = context.Origin };
        foreach (var (name, value) in block.Hyperparameters)
            instance.Names[name] = value;
        var before = context.ValueErrors;
        Run(instance, block.Block.Items, new Scope(block.Module, instance));
        instance.IsBroken |= context.ValueErrors > before;
        context.Leave(outer);
        return instance;
    }

    /// <summary>What a member's name stands for: templates become instances at the path, lists get numbered paths, the rest stays.</summary>
    public BoundValue Named(BlockInstance owner, BoundValue value, string path, Span declared)
    {
        switch (value)
        {
            case Template template:
                if (!context.Spend(declared) || Place(template, path, declared) is not { } instance)
                    return ErrorValue.Instance;
                owner.Own(instance);
                return new InstanceValue(instance);
            case ListValue list when list.Elements.Any(e => e is Template or ListValue):
                return new ListValue([.. list.Elements.Select((e, i) => Named(owner, e, StatePath.Join(path, i.ToString(CultureInfo.InvariantCulture)), declared))]);
            default:
                return value;
        }
    }

    /// <summary>The path that a member's name or its <c>at</c> gives.</summary>
    public string Path(BlockInstance owner, Name name, StringText? at)
    {
        if (at is not null && !StatePath.IsValid(at.Value))
            context.Report(NameErrors.BadPath(at));
        return StatePath.Join(owner.Path, at?.Value ?? name.Text);
    }

    private void Run(BlockInstance owner, ImmutableArray<ItemSyntax> items, Scope scope)
    {
        // Functions first: a member may be computed from nothing of theirs, but a misspelt name may have meant one.
        foreach (var function in items.OfType<FunctionItemSyntax>().Select(f => f.Function))
            owner.Functions.TryAdd(function.Name.Text, function);
        foreach (var item in items)
        {
            if (!context.Spend(item.Span))
                return;
            switch (item)
            {
                case RequireSyntax require:
                    owner.IsBroken |= !Holds(_evaluator, require, scope);
                    break;
                case not null when owner.IsBroken:
                    break;
                case MemberSyntax member:
                    Define(owner, member.Name, member.Value, member.At, scope);
                    break;
                case ComponentSyntax misplaced:
                    Define(owner, misplaced.Name, misplaced.Value, misplaced.At, scope);
                    break;
                case SectionSyntax { Kind.Text: CheckpointReader.Kind } names:
                    owner.Checkpoints.Add(names);
                    break;
                case IfItemSyntax @if:
                    if (_evaluator.Condition(@if.Condition, scope) is { } condition)
                        Run(owner, condition ? @if.Then : @if.Else, scope);
                    break;
            }
        }
    }

    /// <summary>Whether a requirement holds or cannot be decided; reports it when it does not.</summary>
    public static bool Holds(Evaluator evaluator, RequireSyntax require, Scope scope)
    {
        if (evaluator.Condition(require.Condition, scope) is not false)
            return true;
        evaluator.Context.Report(HyperparameterErrors.RequirementFailed(require.Message?.Value, require.Condition.Span.Text, require.Condition.Span));
        return false;
    }

    /// <summary>Defines a member; of two with one name, which is reported where names are checked, the first stays.</summary>
    private void Define(BlockInstance owner, Name name, ExpressionSyntax value, StringText? at, Scope scope)
    {
        if (owner.Names.ContainsKey(name.Text))
            return;
        var path = Path(owner, name, at);
        owner.Names[name.Text] = Named(owner, _evaluator.Evaluate(value, scope), path, value.Span);
    }

    /// <summary>Whether every parameter of a primitive could exist: sizes of at least one, and not more elements than can be counted.</summary>
    private bool HasGoodParameters(OpTemplate template, Span declared)
    {
        try
        {
            foreach (var parameter in template.Op.Parameters(template.Attributes))
                if (BadShape(parameter) is { } why)
                {
                    // A wrong size breaks most of what it is given to: the first of them in each block is said.
                    if (context.Origin is { } origin && (origin.Chain().Any(_bad.Contains) || !_bad.Add(origin)))
                        return false;
                    var owner = $"{("aeiou".Contains(template.Name[0]) ? "an" : "a")} '{template.Name}'";
                    var what = parameter.Name.Length == 0 ? owner : $"the `{parameter.Name}` of {owner}";
                    context.Report(HyperparameterErrors.BadParameterShape(what, TensorType.Float(parameter.Shape).ToString(), why, declared));
                    return false;
                }
            return true;
        }
        catch (OverflowException)
        {
            context.Report(HyperparameterErrors.Overflow(declared));
            return false;
        }
    }

    private static string? BadShape(OpParameter parameter)
    {
        if (parameter.Shape.Any(d => d.Value is < 1))
            return "every size is at least 1";
        var count = parameter.Shape.Aggregate((Int128)1, (product, d) => product > MostElements ? product : product * (d.Value ?? 1));
        return count > MostElements ? $"a parameter has at most {MostElements} elements" : null;
    }
}
