using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Finds unknown, repeated and misplaced names in every declaration of a file, also in those that no variant uses.</summary>
internal sealed partial class NameChecker(CompileContext context, SourceModule module)
{
    public void Check()
    {
        foreach (var declaration in module.Own)
        {
            switch (declaration)
            {
                case BlockSyntax block:
                    Body(block.Hyperparameters, block.Items, isModel: false);
                    break;
                case ModelSyntax model:
                    Body(model.Hyperparameters, model.Items, isModel: true);
                    break;
                case FunctionSyntax function:
                    Function(function, []);
                    break;
            }
        }
    }

    private void Body(ImmutableArray<HyperparameterSyntax> hyperparameters, ImmutableArray<ItemSyntax> items, bool isModel)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        var defined = new Dictionary<string, Name>(StringComparer.Ordinal);
        foreach (var h in hyperparameters)
        {
            if (h.Default is not null)
                Expression(h.Default, names);
            Define(h.Name, defined);
            names.Add(h.Name.Text);
        }
        // A part may carry the name of the block that it is made of: `encoder vision = vision`.
        foreach (var h in hyperparameters.Where(h => isModel && h.Type.Kind == "block"))
            defined.Remove(h.Name.Text);
        var all = names.Concat(Definitions.Of(items).Select(n => n.Text)).ToHashSet(StringComparer.Ordinal);
        new BodyWalk(this, items, all, isModel).Items(items, names, defined, isNested: false);
    }

    private void Report(Diagnostics.Diagnostic diagnostic) => context.Report(diagnostic);

    private void Define(Name name, Dictionary<string, Name> defined, string kind = "")
    {
        if (name.Text.Length > 0 && !defined.TryAdd(kind + name.Text, name))
            Report(NameErrors.DuplicateMember(name, defined[kind + name.Text].Span));
    }

    private void Function(FunctionSyntax function, HashSet<string> outer)
    {
        var names = new HashSet<string>(outer, StringComparer.Ordinal);
        var parameters = new Dictionary<string, Name>(StringComparer.Ordinal);
        foreach (var parameter in function.Parameters)
            Define(parameter.Name, parameters);
        foreach (var size in function.Parameters.Select(p => p.Type).Concat(function.Results).SelectMany(t => t.Sizes))
        {
            names.UnionWith(SizeNames(size));
            Expression(size, names);
        }
        names.UnionWith(function.Parameters.Select(p => p.Name.Text));
        Statements(function.Body, names);
    }

    private static IEnumerable<string> SizeNames(ExpressionSyntax e) => e switch
    {
        NameSyntax n => [n.Text],
        BinarySyntax b => SizeNames(b.Left).Concat(SizeNames(b.Right)),
        UnarySyntax u => SizeNames(u.Operand),
        _ => [],
    };

    private void Statements(ImmutableArray<StatementSyntax> statements, HashSet<string> names)
    {
        if (statements.FirstOrDefault(s => s is ReturnSyntax) is { } @return && statements[^1] != @return)
            Report(ShapeErrors.UnreachableCode(statements[statements.IndexOf(@return) + 1].Span, @return.Span));
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case AssignSyntax a:
                    Expression(a.Value, names);
                    names.UnionWith(a.Targets.Select(t => t.Text));
                    break;
                case ReturnSyntax r:
                    Expression(r.Value, names);
                    break;
                case ForSyntax f:
                    Expression(f.Sequence, names);
                    names.UnionWith(f.Targets.Select(t => t.Text));
                    Statements(f.Body, names);
                    break;
                case IfSyntax i:
                    Expression(i.Condition, names);
                    Statements(i.Then, names);
                    Statements(i.Else, names);
                    break;
            }
        }
    }

    /// <param name="body">The items around it, where a name may be defined later.</param>
    private void Expression(ExpressionSyntax expression, HashSet<string> names, ImmutableArray<ItemSyntax> body = default)
    {
        switch (expression)
        {
            case NameSyntax n:
                if (n.Text.Length > 0 && module.IsComplete && !IsKnown(n.Text, names))
                    Report(!body.IsDefault && Definitions.Find(body, n.Text) is { } definition
                        ? NameErrors.UsedBeforeDefined(n.Text, n.Span, definition.Span)
                        : NameErrors.UnknownName(n.Text, n.Span, [.. names.Order(StringComparer.Ordinal), .. module.VisibleNames, .. Evaluator.Primitives]));
                break;
            case ComprehensionSyntax c:
                Expression(c.Sequence, names, body);
                var inner = new HashSet<string>(names, StringComparer.Ordinal) { c.Variable.Text };
                if (c.Condition is not null)
                    Expression(c.Condition, inner, body);
                Expression(c.Element, inner, body);
                break;
            default:
                foreach (var child in ExpressionTree.Children(expression))
                    Expression(child, names, body);
                break;
        }
    }

    private bool IsKnown(string name, HashSet<string> names) =>
        names.Contains(name) || module.Find(name) is not null || OpRegistry.Find(name) is not null || Builtins.Names.Contains(name);
}
