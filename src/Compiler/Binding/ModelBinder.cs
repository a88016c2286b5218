using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>Evaluates a model's parameters for one variant and places its parts.</summary>
internal sealed class ModelBinder(CompileContext context, Lowerer lowerer)
{
    private readonly Evaluator _evaluator = new(context, lowerer);
    private readonly Instantiator _instantiator = new(context, lowerer);
    private readonly Dictionary<string, Span> _defined = new(StringComparer.Ordinal);

    public BoundModel? Bind(ModelSyntax model, SourceModule module, ImmutableArray<ArgumentSyntax> arguments, Scope argumentScope, Span call)
    {
        var values = Hyperparameters.Bind(_evaluator, model.Name.Text, model.Hyperparameters, module, arguments, argumentScope, call, model.Name.Span, Dim.Named);
        if (values is null)
            return null;
        var shape = new BlockSyntax(model.Name, model.Hyperparameters, [], model.Doc, model.Span);
        var bound = new BoundModel(model, new BlockInstance("", new BlockTemplate(shape, module, values.Value), call));
        foreach (var (name, value) in values.Value)
            bound.Root.Names[name] = value;
        foreach (var h in model.Hyperparameters)
            _defined.TryAdd(h.Name.Text, h.Name.Span);
        Run(bound, model.Items);
        return bound;
    }

    private void Run(BoundModel model, ImmutableArray<ItemSyntax> items)
    {
        foreach (var item in items)
        {
            if (!context.Spend(item.Span))
                return;
            switch (item)
            {
                case ComponentSyntax c:
                    var role = c.Role switch { "encoder" => Role.Encoder, "decoder" => Role.Decoder, _ => Role.Bridge };
                    Define(model, role, c.Name, c.Value, c.At);
                    break;
                case MemberSyntax m:
                    Define(model, Role.Member, m.Name, m.Value, m.At);
                    break;
                case RequireSyntax r:
                    if (_evaluator.Condition(r.Condition, model.Scope) is false)
                        context.Report(HyperparameterErrors.RequirementFailed(r.Message?.Value, r.Condition.Span.Text, r.Condition.Span, model.Root.Declared == r.Span ? null : model.Root.Declared));
                    break;
                case IfItemSyntax i:
                    if (_evaluator.Condition(i.Condition, model.Scope) is { } condition)
                        Run(model, condition ? i.Then : i.Else);
                    break;
                case InjectSyntax i:
                    model.Injections.Add(i);
                    break;
                case StageSyntax s:
                    if (model.Stages.FirstOrDefault(x => x.Name.Text == s.Name.Text) is { } earlier)
                        context.Report(NameErrors.DuplicateMember(s.Name, earlier.Name.Span));
                    else
                        model.Stages.Add(s);
                    break;
                case SectionSyntax s:
                    model.Sections.Add(s);
                    break;
                case OutputSyntax o:
                    model.Outputs.Add(o);
                    break;
                case FunctionItemSyntax f:
                    context.Report(NameErrors.Misplaced("a function", "a model", f.Function.Name.Span));
                    break;
            }
        }
    }

    private void Define(BoundModel model, Role role, Name name, ExpressionSyntax expression, StringText? at)
    {
        var isSameName = role != Role.Member && model.Syntax.Hyperparameters.Any(h => h.Name.Text == name.Text && h.Type.Kind == "block");
        if (!isSameName && !_defined.TryAdd(name.Text, name.Span))
        {
            context.Report(NameErrors.DuplicateMember(name, _defined[name.Text]));
            return;
        }
        var value = _evaluator.Evaluate(expression, model.Scope);
        var placed = _instantiator.Named(model.Root, value, at?.Value ?? name.Text, expression.Span);
        model.Root.Names[name.Text] = placed;
        if (placed is InstanceValue instance && model.Root.Owned.Contains(instance.Instance))
        {
            if (role == Role.Decoder && model.Parts.FirstOrDefault(p => p.Role == Role.Decoder) is { } first)
                context.Report(WiringErrors.SeveralDecoders(name.Text, name.Span, first.Declared));
            model.Parts.Add(new BoundPart(role, name.Text, instance.Instance, name.Span));
        }
        else if (role != Role.Member && placed is not (ErrorValue or InstanceValue))
            context.Report(HyperparameterErrors.WrongType($"the {role.ToString().ToLowerInvariant()} '{name}'", "block", placed.Describe, expression.Span));
    }
}
