using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>
/// Reads checkpoint maps; a key that goes through members is resolved to the state path it stands for. A key may name what only some variants have.
/// </summary>
internal sealed class CheckpointReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    public const string Kind = "checkpoint";
    private const string Ignore = "ignore";
    private const string Injected = "injected";
    private const string Adapted = "adapted";

    /// <summary>Stands in a rule's text for the number of a woven block among those of its component.</summary>
    private const string Number = "#";

    private readonly SectionValues _values = new(context, lowerer, model);

    public ImmutableArray<Checkpoint> Read() => [.. model.Sections.Where(s => s.Kind.Text == Kind).Select(Read)];

    private Checkpoint Read(SectionSyntax section)
    {
        var rules = ImmutableArray.CreateBuilder<KeyValuePair<string, string>>();
        foreach (var setting in section.Settings.Where(s => s.Key.Text != Ignore))
        {
            var text = _values.Text(section, setting);
            var numbered = text?.Contains(Number) == true ? Numbered(setting.Key.Text.Split('.')).ToList() : [];
            var paths = StatePaths(setting.Key).ToList();
            if (numbered.Count > 0)
                rules.AddRange(numbered.Select(n => KeyValuePair.Create(n.Path, text!.Replace(Number, n.Number))));
            else if (text is not null)
                rules.AddRange(paths.Select(p => KeyValuePair.Create(p.Path, p.Layer is null ? text : text.Replace("@", p.Layer))));
        }
        return new Checkpoint(section.Label?.Value ?? "", rules.ToImmutable(), _values.Strings(section, Ignore), section.Span);
    }

    /// <summary>The state paths of a key such as <c>llm.layers.*</c>: members are followed to their instances' paths, <c>*</c> stands for a list index.</summary>
    /// <returns>The paths, and for woven blocks and adapters the path of the layer or member inside its component: it is what <c>@</c> means there.</returns>
    private IEnumerable<(string Path, string? Layer)> StatePaths(Name key)
    {
        var parts = key.Text.Split('.');
        if (!model.Root.Names.TryGetValue(parts[0], out var root))
        {
            // What an `if` leaves out of this variant has no weights in it.
            if (Definitions.Find(model.Syntax.Items, parts[0]) is null)
                context.Report(NameErrors.UnknownName(parts[0], PartSpan(key, parts, 0), [.. model.Parts.Select(p => p.Name), Ignore]));
            return [];
        }
        if (root is not InstanceValue { Instance: var component })
        {
            if (!root.IsError)
                context.Suspicions.Add(WiringErrors.NotAComponent(parts[0], root.Describe, PartSpan(key, parts, 0)));
            return [];
        }
        if (parts is [_, Injected, ..])
            return model.Injected(component).Select(b => (Woven(b, parts), (string?)Layer(component, b))).Distinct();
        if (parts is [_, Adapted, .. var members])
            return model.AdaptedIn(component).Select(a => Generalise(a.Target.Path, a.Target.Path))
                .Select(t => (StatePath.Join(t, string.Join('.', members)), (string?)StatePath.Relative(component.Path, t))).Distinct();
        return Follow(component, key, parts) is { } path ? [(path, null)] : [];
    }

    /// <summary>The path of every woven block that a key means, with its number: checkpoints may count these blocks by themselves, not by their layers.</summary>
    private IEnumerable<(string Path, string Number)> Numbered(string[] parts) =>
        parts is [_, Injected, ..] && model.Root.Names.TryGetValue(parts[0], out var root) && root is InstanceValue { Instance: var component }
            ? model.Injected(component).Select((b, i) => (b.Block.Path + Members(parts), i.ToString(System.Globalization.CultureInfo.InvariantCulture)))
            : [];

    private string? Follow(Instance component, Name key, string[] parts)
    {
        BoundValue current = new InstanceValue(component);
        var path = component.Path;
        for (var i = 1; i < parts.Length; i++)
        {
            if (Next(current, parts[i]) is not { } next)
            {
                // Below a primitive stands the name of a parameter.
                if (current is InstanceValue { Instance: OpInstance op } && i == parts.Length - 1 && op.Op.Parameters(op.Attributes).Any(p => p.Name == parts[i]))
                    return StatePath.Join(path, parts[i]);
                ReportUnknown(current, key, parts, i);
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

    private void ReportUnknown(BoundValue current, Name key, string[] parts, int index)
    {
        var span = PartSpan(key, parts, index);
        var name = new Name(parts[index], span);
        if (current is InstanceValue { Instance: BlockInstance block } && Definitions.Find(block.Block.Items, name.Text) is null)
            context.Suspicions.Add(NameErrors.UnknownMember($"'{block.BlockName}'", name, block.Names.Where(n => n.Value is InstanceValue or ListValue).Select(n => n.Key), block.Declared));
        else if (current is InstanceValue { Instance: OpInstance op })
            context.Suspicions.Add(NameErrors.UnknownMember($"'{op.BlockName}'", name, op.Op.Parameters(op.Attributes).Select(p => p.Name), op.Declared));
        else if (current is ListValue list)
            context.Suspicions.Add(NameErrors.UnknownMember(list.Describe, name, ["*"], null) with { Help = "`*` stands for every index", Fix = null });
    }

    /// <summary>The span of one part of a dotted key.</summary>
    private static Span PartSpan(Name key, string[] parts, int index)
    {
        var start = key.Span.Start + parts.Take(index).Sum(p => p.Length + 1);
        return key.Span.Text == key.Text ? key.Span with { Start = start, End = start + parts[index].Length } : key.Span;
    }

    private static string Woven(WovenBlock woven, string[] parts) =>
        Generalise(woven.Target.Path, woven.Block.Path) + Members(parts);

    /// <summary>What a key names inside a woven block.</summary>
    private static string Members(string[] parts) => string.Concat(parts.Skip(parts is [_, _, "*", ..] ? 3 : 2).Select(p => "." + p));

    private static string Layer(Instance component, WovenBlock woven) =>
        StatePath.Relative(component.Path, Generalise(woven.Target.Path, woven.Block.Path[..woven.Block.Path.LastIndexOf('.')]));

    /// <summary>The path of a member below one that already has stars in it.</summary>
    private static string Rebase(string general, string actual)
    {
        var (g, a) = (general.Split('.'), actual.Split('.'));
        return string.Join('.', a.Select((part, i) => i < g.Length && g[i] == "*" ? "*" : part));
    }

    /// <summary>A woven block's path with the index of its layer as a star.</summary>
    private static string Generalise(string target, string path)
    {
        var parts = path.Split('.');
        var index = Array.FindLastIndex(target.Split('.'), p => p.All(char.IsAsciiDigit));
        if (index >= 0 && index < parts.Length)
            parts[index] = "*";
        return string.Join('.', parts);
    }
}
