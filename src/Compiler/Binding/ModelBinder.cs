using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir.Ops;
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
    private readonly HashSet<string> _defined = new(StringComparer.Ordinal);

    /// <summary>The model as far as it can be bound; what is wrong is an error value in it.</summary>
    public BoundModel Bind(ModelSyntax model, SourceModule module, ImmutableArray<ArgumentSyntax> arguments, Scope argumentScope, Span call)
    {
        var values = Hyperparameters.Bind(_evaluator, model, model.Hyperparameters, module, arguments, argumentScope, call, Dim.Named).Values;
        var shape = new BlockSyntax(model.Name, model.Hyperparameters, model.Items, model.Doc, model.Span);
        var bound = new BoundModel(model, new BlockInstance("", new BlockTemplate(shape, module, values), call));
        foreach (var (name, value) in values)
            bound.Root.Names[name] = value;
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
                case RequireSyntax r:
                    model.Root.IsBroken |= !Instantiator.Holds(_evaluator, r, model.Scope);
                    break;
                case not null when model.Root.IsBroken:
                    break;
                case ComponentSyntax { Role: "batch" or "objective" } c:
                    model.Batch.Add(c);
                    Name(model, c.Name.Text, new BatchValue(c.Name.Text, c.Role == "objective"));
                    break;
                case ComponentSyntax { Role: "twin" } c:
                    Twin(model, c);
                    break;
                case ComponentSyntax c:
                    var role = c.Role switch { "encoder" => Role.Encoder, "decoder" => Role.Decoder, "queue" => Role.Queue, _ => Role.Bridge };
                    Define(model, role, c.Name, c.Value, c.At);
                    break;
                case FunctionItemSyntax f:
                    model.Root.Functions.TryAdd(f.Function.Name.Text, f.Function);
                    break;
                case SectionSyntax { Kind.Text: SectionReader.TextKind, Label: { } label } s:
                    model.Texts.Add(s);
                    model.Sections.Add(s);
                    Name(model, label.Value, new TextValue(label.Value));
                    break;
                case TaskSyntax t:
                    model.Tasks.Add(t);
                    break;
                case MemberSyntax m:
                    Define(model, Role.Member, m.Name, m.Value, m.At);
                    break;
                case IfItemSyntax i:
                    if (_evaluator.Condition(i.Condition, model.Scope) is { } condition)
                        Run(model, condition ? i.Then : i.Else);
                    break;
                case InjectSyntax i:
                    model.Injections.Add(i);
                    break;
                case AdaptSyntax a:
                    model.Adaptations.Add(a);
                    break;
                case StageSyntax s:
                    model.Stages.Add(s);
                    break;
                case SectionSyntax s:
                    model.Sections.Add(s);
                    break;
                case OutputSyntax o:
                    model.Outputs.Add(o);
                    break;
            }
        }
    }

    private void Name(BoundModel model, string name, BoundValue value)
    {
        if (_defined.Add(name))
            model.Root.Names[name] = value;
    }

    /// <summary>A second instance of a part's block with parameters of its own, which follow those of the part.</summary>
    private void Twin(BoundModel model, ComponentSyntax syntax)
    {
        var value = _evaluator.Evaluate(syntax.Value, model.Scope);
        var part = value is InstanceValue { Instance: var instance } ? model.Parts.FirstOrDefault(p => p.Instance == instance) : null;
        if (part is null or { Role: Role.Twin or Role.Queue } && !value.IsError)
            context.Report(WiringErrors.TwinOfNothing(syntax.Name.Text, part?.Describe ?? value.Describe, syntax.Value.Span));
        if (part is { Role: Role.Twin or Role.Queue })
            part = null;
        if (!_defined.Add(syntax.Name.Text))
            return;
        var placed = part is null ? ErrorValue.Instance : _instantiator.Named(model.Root, part.Instance.Template, _instantiator.Path(model.Root, syntax.Name, syntax.At), syntax.Value.Span);
        model.Root.Names[syntax.Name.Text] = placed;
        if (placed is InstanceValue { Instance: var twin })
            model.Parts.Add(new BoundPart(Role.Twin, syntax.Name.Text, twin, syntax.Name.Span) { TwinOf = part });
    }

    private void Define(BoundModel model, Role role, Name name, ExpressionSyntax expression, StringText? at)
    {
        var path = _instantiator.Path(model.Root, name, at);
        var value = _evaluator.Evaluate(expression, model.Scope);
        // A second definition is reported where names are checked; the first one stays.
        if (!_defined.Add(name.Text))
            return;
        var placed = _instantiator.Named(model.Root, value, path, expression.Span);
        if (IsRefused(role, name, expression, placed))
            placed = ErrorValue.Instance;
        model.Root.Names[name.Text] = placed;
        // A second name for a part is no part of its own.
        if (placed is not InstanceValue { Instance: var instance } || !model.Root.Owned.Contains(instance) || model.Parts.Any(p => p.Instance == instance))
            return;
        if (role == Role.Decoder && model.Parts.FirstOrDefault(p => p.Role == Role.Decoder) is { } first)
            context.Report(WiringErrors.SeveralDecoders(name.Text, name.Span, first.Declared));
        model.Parts.Add(new BoundPart(role, name.Text, instance, name.Span));
    }

    /// <summary>Whether a part is nothing that has its role; reports it then.</summary>
    private bool IsRefused(Role role, Name name, ExpressionSyntax expression, BoundValue placed)
    {
        var isBlock = role switch
        {
            Role.Bridge => placed is InstanceValue,
            Role.Queue => placed is InstanceValue { Instance: OpInstance { Op: ParameterOp } },
            _ => placed is InstanceValue { Instance: BlockInstance },
        };
        var isPart = role != Role.Member || placed is ListValue { Elements: [InstanceValue or ListValue, ..] };
        if (isBlock || !isPart || placed.IsError)
            return false;
        var found = placed is InstanceValue { Instance: var primitive } ? primitive.Template.Describe : placed.Describe;
        context.Report(WiringErrors.NotABlock(role.ToString().ToLowerInvariant(), name.Text, found, expression.Span));
        return true;
    }
}
