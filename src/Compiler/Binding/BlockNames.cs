using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>
/// What blocks themselves say about their members' names in released weights, as rules for a whole model. The section of a block for the map's label applies,
/// or else the one without a label; it says what stands below the block's own name, which a block around it or the model gives. Rules of the model win.
/// </summary>
/// <param name="given">The model's rules.</param>
internal sealed class BlockNames(CompileContext context, Lowerer lowerer, string label, IEnumerable<KeyValuePair<string, string>> given)
{
    private const string Star = "*";

    private readonly MemberKeys _members = new(context);
    private readonly HashSet<string> _named = [.. given.Select(r => r.Key)];
    private readonly List<(string[] From, string To)> _all = [.. given.Select(r => (Split(r.Key), r.Value))];
    private readonly List<KeyValuePair<string, string>> _rules = [];
    private readonly List<string> _ignored = [];

    public IEnumerable<KeyValuePair<string, string>> Rules => _rules;

    public IEnumerable<string> Ignored => _ignored;

    public void Add(Instance instance) => Add(instance, instance.Path);

    /// <param name="path">The instance's path with a star for each index of a list.</param>
    private void Add(Instance instance, string path)
    {
        if (instance is not BlockInstance block || !context.Spend(block.Declared))
            return;
        if (SectionOf(block) is { } section)
            Apply(section, block, path);
        foreach (var member in block.Names.Values)
            AddMember(block, member, path, last: null);
    }

    /// <param name="last">How the end of an element's path is written; null for what is in no list.</param>
    private void AddMember(BlockInstance owner, BoundValue member, string path, string? last)
    {
        if (member is InstanceValue { Instance: var instance } && instance.Owner == owner)
        {
            var relative = StatePath.Relative(owner.Path, instance.Path);
            Add(instance, StatePath.Join(path, last is null ? relative : StarsFor(relative, last)));
        }
        else if (member is ListValue list)
            foreach (var element in list.Elements)
                AddMember(owner, element, path, last is null ? Star : $"{last}.{Star}");
    }

    /// <summary>A path whose last names are indices of lists, with stars for them.</summary>
    private static string StarsFor(string path, string stars) =>
        StatePath.Join(string.Join('.', path.Split('.').SkipLast(stars.Split('.').Length)), stars);

    private SectionSyntax? SectionOf(BlockInstance block) =>
        block.Checkpoints.FirstOrDefault(s => s.Label?.Value == label) ?? block.Checkpoints.FirstOrDefault(s => s.Label is null);

    private void Apply(SectionSyntax section, BlockInstance block, string path)
    {
        var values = new SectionValues(context, lowerer, new Scope(block.Module, block));
        var name = NameOf(path);
        foreach (var setting in section.Settings.Where(s => s.Key.Text != CheckpointReader.Ignore))
            if (values.Text(section, setting) is { } text && _members.Follow(block, setting.Key, depth: 0) is { } member)
            {
                var from = StatePath.Join(path, StatePath.Relative(block.Path, member));
                if (!_named.Add(from))
                    continue;
                _rules.Add(KeyValuePair.Create(from, StatePath.Join(name, text)));
                _all.Add((Split(from), StatePath.Join(name, text)));
            }
        foreach (var pattern in values.Strings(section, CheckpointReader.Ignore).Select(p => StatePath.Join(name, p)).Where(p => !_ignored.Contains(p)))
            _ignored.Add(pattern);
    }

    /// <summary>The name that the rules found so far give a path: that of the longest that matches, of those the one with the fewest stars.</summary>
    private string NameOf(string path)
    {
        var parts = Split(path);
        var best = _all.Where(r => r.From.Length <= parts.Length && r.From.Zip(parts).All(p => p.First == Star || p.First == p.Second))
            .OrderByDescending(r => r.From.Length).ThenBy(r => r.From.Count(p => p == Star)).FirstOrDefault();
        if (best.From is null)
            return path;
        var stars = new Queue<string>(best.From.Zip(parts).Where(p => p.First == Star).Select(p => p.Second));
        var name = Split(best.To).SelectMany(p => p == "@" ? parts[1..best.From.Length] : [p == Star && stars.TryDequeue(out var star) ? star : p]);
        return string.Join('.', name.Concat(parts[best.From.Length..]));
    }

    private static string[] Split(string path) => path.Length == 0 ? [] : path.Split('.');
}
