using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Std;
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
        new BodyWalk(this, hyperparameters, items, all, isModel).Items(items, names, defined, isNested: false);
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
        Statements(function.Body, names, Assigned(function.Body, Reach.Body).DistinctBy(d => d.Name.Text).ToDictionary(d => d.Name.Text));
    }

    private static IEnumerable<string> SizeNames(ExpressionSyntax e) => e switch
    {
        NameSyntax n => [n.Text],
        BinarySyntax b => SizeNames(b.Left).Concat(SizeNames(b.Right)),
        UnarySyntax u => SizeNames(u.Operand),
        _ => [],
    };

    /// <summary>A name's definition somewhere in the same body.</summary>
    private sealed record Elsewhere(Name Name, Reach Reach);

    /// <summary>Where a definition can be seen: in the rest of the body, in the loop that makes it, or in the model but not in its variants.</summary>
    private enum Reach { Body, Loop, Model }

    /// <summary>The names that statements assign, in the order of the text.</summary>
    private static IEnumerable<Elsewhere> Assigned(ImmutableArray<StatementSyntax> statements, Reach reach) => statements.SelectMany(s => s switch
    {
        AssignSyntax a => a.Targets.Select(t => new Elsewhere(t, reach)),
        ForSyntax f => f.Targets.Select(t => new Elsewhere(t, Reach.Loop)).Concat(Assigned(f.Body, Reach.Loop)),
        IfSyntax i => Assigned(i.Then, reach).Concat(Assigned(i.Else, reach)),
        _ => Enumerable.Empty<Elsewhere>(),
    });

    /// <param name="names">What is known so far; grows.</param>
    /// <param name="assigned">Everything that the function assigns somewhere.</param>
    private void Statements(ImmutableArray<StatementSyntax> statements, HashSet<string> names, Dictionary<string, Elsewhere> assigned)
    {
        if (statements.FirstOrDefault(s => s is ReturnSyntax) is { } @return && statements[^1] != @return)
            Report(ShapeErrors.UnreachableCode(statements[statements.IndexOf(@return) + 1].Span, @return.Span));
        Elsewhere? Find(string name) => assigned.GetValueOrDefault(name);
        foreach (var statement in statements)
        {
            switch (statement)
            {
                case AssignSyntax a:
                    Expression(a.Value, names, Find);
                    names.UnionWith(a.Targets.Select(t => t.Text));
                    break;
                case ReturnSyntax r:
                    Expression(r.Value, names, Find);
                    break;
                case ForSyntax f:
                    Expression(f.Sequence, names, Find);
                    Statements(f.Body, [.. names, .. f.Targets.Select(t => t.Text)], assigned);
                    break;
                case IfSyntax i:
                    Expression(i.Condition, names, Find);
                    Statements(i.Then, names, assigned);
                    Statements(i.Else, names, assigned);
                    break;
            }
        }
    }

    /// <param name="elsewhere">Finds a name's definition elsewhere in the body around the expression.</param>
    private void Expression(ExpressionSyntax expression, HashSet<string> names, Func<string, Elsewhere?>? elsewhere = null)
    {
        switch (expression)
        {
            case NameSyntax n:
                if (n.Text.Length > 0 && module.IsComplete && !IsKnown(n.Text, names))
                    Report(elsewhere?.Invoke(n.Text) is not { } definition
                        ? BatchTerms.Names.Contains(n.Text) ? WiringErrors.BatchInSample($"`{n.Text}`", n.Span) : NameErrors.UnknownName(n.Text, n.Span, [.. names.Order(StringComparer.Ordinal), .. module.VisibleNames, .. Evaluator.Primitives], StandardLibrary.FileOf(n.Text))
                        : definition.Reach == Reach.Model ? NameErrors.ParameterInVariant(n.Text, n.Span, definition.Name.Span)
                        : definition.Reach == Reach.Loop && definition.Name.Span.End <= n.Span.Start ? NameErrors.EndedWithLoop(n.Text, n.Span, definition.Name.Span)
                        : NameErrors.UsedBeforeDefined(n.Text, n.Span, definition.Name.Span));
                break;
            case ComprehensionSyntax c:
                Expression(c.Sequence, names, elsewhere);
                HashSet<string> inner = [.. names, c.Variable.Text];
                if (c.Condition is not null)
                    Expression(c.Condition, inner, elsewhere);
                Expression(c.Element, inner, elsewhere);
                break;
            default:
                foreach (var child in ExpressionTree.Children(expression))
                    Expression(child, names, elsewhere);
                break;
        }
    }

    private bool IsKnown(string name, HashSet<string> names) =>
        names.Contains(name) || module.Find(name) is not null || OpRegistry.Find(name) is not null || Builtins.Names.Contains(name);
}
