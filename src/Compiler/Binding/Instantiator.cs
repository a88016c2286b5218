using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Places templates at paths: a block's members are evaluated and become instances below it.</summary>
internal sealed class Instantiator(CompileContext context, Lowerer lowerer)
{
    /// <summary>The instance, or null when the template could not be built.</summary>
    public Instance? Place(Template template, string path, Span declared)
    {
        if (template is OpTemplate op)
            return new OpInstance(path, op, declared);
        var block = (BlockTemplate)template;
        if (!context.Enter(block.Name, declared))
            return null;
        var instance = new BlockInstance(path, block, declared);
        foreach (var (name, value) in block.Hyperparameters)
            instance.Names[name] = value;
        foreach (var function in FunctionsOf(block.Block.Items))
            if (!instance.Functions.TryAdd(function.Name.Text, function))
                context.Report(NameErrors.DuplicateMember(function.Name, instance.Functions[function.Name.Text].Name.Span));
        Run(instance, block.Block.Items, new Scope(block.Module, instance), new Dictionary<string, Span>(block.Block.Hyperparameters.ToDictionary(h => h.Name.Text, h => h.Name.Span)));
        context.Leave();
        return instance;
    }

    private static IEnumerable<FunctionSyntax> FunctionsOf(ImmutableArray<ItemSyntax> items) => items.OfType<FunctionItemSyntax>().Select(f => f.Function);

    private void Run(BlockInstance owner, ImmutableArray<ItemSyntax> items, Scope scope, Dictionary<string, Span> defined)
    {
        var evaluator = new Evaluator(context, lowerer);
        foreach (var item in items)
        {
            if (!context.Spend(item.Span))
                return;
            switch (item)
            {
                case MemberSyntax member:
                    if (!defined.TryAdd(member.Name.Text, member.Name.Span))
                        context.Report(NameErrors.DuplicateMember(member.Name, defined[member.Name.Text]));
                    else
                        owner.Names[member.Name.Text] = Named(owner, evaluator.Evaluate(member.Value, scope), StatePath.Join(owner.Path, member.At?.Value ?? member.Name.Text), member.Value.Span);
                    break;
                case RequireSyntax require:
                    if (evaluator.Condition(require.Condition, scope) is false)
                        context.Report(HyperparameterErrors.RequirementFailed(require.Message?.Value, require.Condition.Span.Text, require.Condition.Span, owner.Declared));
                    break;
                case IfItemSyntax @if:
                    if (evaluator.Condition(@if.Condition, scope) is { } condition)
                        Run(owner, condition ? @if.Then : @if.Else, scope, defined);
                    break;
                case FunctionItemSyntax function:
                    owner.Functions.TryAdd(function.Function.Name.Text, function.Function);
                    break;
                default:
                    context.Report(NameErrors.Misplaced("this", "a block", item.Span));
                    break;
            }
        }
    }

    /// <summary>What a member's name stands for: templates become instances at the path, lists get numbered paths, the rest stays.</summary>
    public BoundValue Named(BlockInstance? owner, BoundValue value, string path, Span declared)
    {
        switch (value)
        {
            case Template template:
                if (Place(template, path, declared) is not { } instance)
                    return ErrorValue.Instance;
                owner?.Own(instance);
                return new InstanceValue(instance);
            case ListValue list when list.Elements.Any(e => e is Template or ListValue):
                return new ListValue([.. list.Elements.Select((e, i) => Named(owner, e, StatePath.Join(path, i.ToString(System.Globalization.CultureInfo.InvariantCulture)), declared))]);
            default:
                return value;
        }
    }
}
