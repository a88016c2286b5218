using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Finds unknown names in every block and function of a file, also in those that no model uses.</summary>
internal sealed class NameChecker(DiagnosticBag bag, SourceModule module)
{
    public void Check()
    {
        foreach (var declaration in module.Own)
        {
            switch (declaration)
            {
                case BlockSyntax block:
                    Block(block);
                    break;
                case FunctionSyntax function:
                    Function(function, []);
                    break;
            }
        }
    }

    private void Block(BlockSyntax block)
    {
        var names = block.Hyperparameters.Select(h => h.Name.Text).ToHashSet(StringComparer.Ordinal);
        foreach (var h in block.Hyperparameters.Where(h => h.Default is not null))
            Expression(h.Default!, names);
        var members = new HashSet<string>(names, StringComparer.Ordinal);
        Collect(block.Items, members);
        Items(block.Items, names, members);
    }

    private static void Collect(ImmutableArray<ItemSyntax> items, HashSet<string> names)
    {
        foreach (var item in items)
        {
            switch (item)
            {
                case MemberSyntax m:
                    names.Add(m.Name.Text);
                    break;
                case FunctionItemSyntax f:
                    names.Add(f.Function.Name.Text);
                    break;
                case IfItemSyntax i:
                    Collect(i.Then, names);
                    Collect(i.Else, names);
                    break;
            }
        }
    }

    private void Items(ImmutableArray<ItemSyntax> items, HashSet<string> before, HashSet<string> all)
    {
        foreach (var item in items)
        {
            switch (item)
            {
                case MemberSyntax m:
                    Expression(m.Value, before, items);
                    before.Add(m.Name.Text);
                    break;
                case RequireSyntax r:
                    Expression(r.Condition, before);
                    break;
                case IfItemSyntax i:
                    Expression(i.Condition, before);
                    Items(i.Then, before, all);
                    Items(i.Else, before, all);
                    break;
                case FunctionItemSyntax f:
                    Function(f.Function, all);
                    break;
            }
        }
    }

    private void Function(FunctionSyntax function, HashSet<string> outer)
    {
        var names = new HashSet<string>(outer, StringComparer.Ordinal);
        foreach (var type in function.Parameters.Select(p => p.Type).Concat(function.Results))
            foreach (var size in type.Sizes.SelectMany(SizeNames))
                names.Add(size);
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

    private void Expression(ExpressionSyntax expression, HashSet<string> names, ImmutableArray<ItemSyntax> later = default)
    {
        void Visit(ExpressionSyntax e) => Expression(e, names, later);
        switch (expression)
        {
            case NameSyntax n when !names.Contains(n.Text) && module.Find(n.Text) is null && OpRegistry.Find(n.Text) is null && !Builtins.Names.Contains(n.Text):
                if (!later.IsDefault && later.OfType<MemberSyntax>().FirstOrDefault(m => m.Name.Text == n.Text) is { } definition)
                    bag.Add(NameErrors.UsedBeforeDefined(n.Text, n.Span, definition.Name.Span));
                else
                    bag.Add(NameErrors.UnknownName(n.Text, n.Span, [.. names.Order(StringComparer.Ordinal), .. module.VisibleNames, .. OpRegistry.All.Keys.Order(StringComparer.Ordinal), .. Builtins.Names]));
                break;
            case ListSyntax l: foreach (var e in l.Elements) Visit(e); break;
            case TupleSyntax t: foreach (var e in t.Elements) Visit(e); break;
            case ComprehensionSyntax c:
                Visit(c.Sequence);
                var inner = new HashSet<string>(names, StringComparer.Ordinal) { c.Variable.Text };
                if (c.Condition is not null)
                    Expression(c.Condition, inner);
                Expression(c.Element, inner);
                break;
            case RangeSyntax r:
                if (r.From is not null) Visit(r.From);
                if (r.To is not null) Visit(r.To);
                break;
            case CallSyntax c:
                Visit(c.Callee);
                foreach (var a in c.Arguments) Visit(a.Value);
                break;
            case MemberAccessSyntax m: Visit(m.Target); break;
            case IndexSyntax i: Visit(i.Target); foreach (var e in i.Indices) Visit(e); break;
            case UnarySyntax u: Visit(u.Operand); break;
            case BinarySyntax b: Visit(b.Left); Visit(b.Right); break;
            case PipeSyntax p: Visit(p.Left); Visit(p.Right); break;
            case ConditionalSyntax c: Visit(c.Condition); Visit(c.Then); Visit(c.Else); break;
        }
    }
}
