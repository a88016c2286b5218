using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Follows keys such as <c>layers.*.attn</c> through members to the state paths that they stand for.</summary>
internal sealed class MemberKeys(CompileContext context)
{
    /// <summary>The path of what a key names; null where there is nothing of the kind, which is a suspicion: other settings of the block may have it.</summary>
    /// <param name="component">What the key starts from.</param>
    /// <param name="depth">How many of the key's names lead to it.</param>
    public string? Follow(Instance component, Name key, int depth)
    {
        var parts = key.Text.Split('.');
        BoundValue current = new InstanceValue(component);
        var path = component.Path;
        for (var i = depth; i < parts.Length; i++)
        {
            if (Next(current, parts[i]) is not { } next)
            {
                // Below a primitive stands the name of a parameter.
                if (current is InstanceValue { Instance: OpInstance op } && i == parts.Length - 1 && op.Op.Parameters(op.Attributes).Any(p => p.Name == parts[i]))
                    return StatePath.Join(path, parts[i]);
                ReportUnknown(current, key, i);
                return null;
            }
            current = next;
            if (current.IsError)
                return null;
            path = current switch
            {
                InstanceValue when parts[i] == "*" => $"{path}.*",
                InstanceValue instance => Rebase(path, instance.Instance.Path),
                ListValue { Elements: [InstanceValue first, ..] } => Rebase(path, first.Instance.Path[..first.Instance.Path.LastIndexOf('.')]),
                _ => StatePath.Join(path, parts[i]),
            };
        }
        return path;
    }

    private static BoundValue? Next(BoundValue current, string part) => current switch
    {
        ListValue list when part == "*" => list.Elements.FirstOrDefault(),
        ListValue list when int.TryParse(part, out var index) && index < list.Elements.Length => list.Elements[index],
        InstanceValue { Instance: BlockInstance block } => block.Names.GetValueOrDefault(part),
        _ => null,
    };

    private void ReportUnknown(BoundValue current, Name key, int index)
    {
        var span = PartSpan(key, index);
        var name = new Name(key.Text.Split('.')[index], span);
        if (current is InstanceValue { Instance: BlockInstance block } && Definitions.Find(block.Block.Items, name.Text) is null)
            context.Suspicions.Add(NameErrors.UnknownMember($"'{block.BlockName}'", name, block.Names.Where(n => n.Value is InstanceValue or ListValue).Select(n => n.Key), block.Declared));
        else if (current is InstanceValue { Instance: OpInstance op })
            context.Suspicions.Add(NameErrors.UnknownMember($"'{op.BlockName}'", name, op.Op.Parameters(op.Attributes).Select(p => p.Name), op.Declared));
        else if (current is ListValue list)
            context.Suspicions.Add(NameErrors.UnknownMember(list.Describe, name, ["*"], null) with { Help = "`*` stands for every index", Fix = null });
    }

    /// <summary>The span of one part of a dotted key.</summary>
    public static Span PartSpan(Name key, int index)
    {
        var parts = key.Text.Split('.');
        var start = key.Span.Start + parts.Take(index).Sum(p => p.Length + 1);
        return key.Span.Text == key.Text ? key.Span with { Start = start, End = start + parts[index].Length } : key.Span;
    }

    /// <summary>The path of a member below one that already has stars in it.</summary>
    private static string Rebase(string general, string actual)
    {
        var (g, a) = (general.Split('.'), actual.Split('.'));
        return string.Join('.', a.Select((part, i) => i < g.Length && g[i] == "*" ? "*" : part));
    }
}
