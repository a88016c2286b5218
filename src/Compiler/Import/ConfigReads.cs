using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>A key that a <c>config</c> section reads, as a dotted path, and where it does.</summary>
internal sealed record Mention(string Path, Span Span)
{
    /// <summary>Whether a path is this one or leads further into it.</summary>
    public bool Covers(string path) => IsBelow(path, Path);

    /// <summary>Whether this path leads further into an object.</summary>
    public bool IsInside(string path) => Path != path && IsBelow(Path, path);

    private static bool IsBelow(string path, string owner) =>
        path.StartsWith(owner, StringComparison.Ordinal) && (path.Length == owner.Length || path[owner.Length] == '.');
}

/// <summary>What a model's <c>config</c> section, with those of the blocks that it reads, makes of the keys of one configuration.</summary>
/// <param name="Sections">The model's section and the blocks'.</param>
/// <param name="Ignored">Patterns of paths that are rightly not read.</param>
internal sealed record ConfigReads(ImmutableArray<SectionSyntax> Sections, ImmutableArray<Mention> Mentions, ImmutableArray<string> Ignored)
{
    public static ConfigReads Of(SectionSyntax section, SourceModule module, ConfigNode root)
    {
        var collector = new Collector(root);
        collector.Section(section, module, "", _ => false);
        return new([.. collector.Sections], [.. collector.Mentions], [.. collector.Ignored]);
    }

    private sealed class Collector(ConfigNode root)
    {
        public List<SectionSyntax> Sections { get; } = [];

        public List<Mention> Mentions { get; } = [];

        public List<string> Ignored { get; } = [];

        /// <param name="prefix">The path of the object that the section is for.</param>
        /// <param name="isGiven">Whether the caller gives a hyperparameter, so that the section's line for it reads nothing.</param>
        public void Section(SectionSyntax section, SourceModule module, string prefix, Func<string, bool> isGiven)
        {
            Sections.Add(section);
            foreach (var setting in section.Settings.Where(s => !isGiven(s.Key.Text)))
                if (setting.Key.Text == ConfigReader.Ignore)
                    Ignored.AddRange((ConfigReader.Ignored(setting) ?? []).Select(pattern => StatePath.Join(prefix, pattern)));
                else if (setting.Value is ExpressionSettingSyntax { Expression: var expression })
                    Expression(expression, module, prefix);
            foreach (var requirement in section.Requirements)
                Expression(requirement.Condition, module, prefix);
        }

        /// <summary>The longest paths in an expression: of <c>a.b.c</c> the whole alone. What is called is a block or a function.</summary>
        private void Expression(ExpressionSyntax expression, SourceModule module, string prefix)
        {
            if (PathOf(expression, prefix) is { } path)
                Mentions.Add(new Mention(path, expression.Span));
            else if (expression is CallSyntax call && ReadCall.Of(call) is { Object: { } source } read && PathOf(source, prefix) is { } place)
                Read(read, source.Span, place, module, prefix);
            else if (expression is CallSyntax { Callee: NameSyntax } other)
                foreach (var argument in other.Arguments)
                    Expression(argument.Value, module, prefix);
            else
                foreach (var child in ExpressionTree.Children(expression))
                    Expression(child, module, prefix);
        }

        private void Read(ReadCall read, Span source, string place, SourceModule module, string prefix)
        {
            if (read.Type is { } given)
                Expression(given, module, prefix);
            else
                Mentions.Add(new Mention(StatePath.Join(place, ReadCall.TypeKey), source));
            foreach (var setting in read.Settings)
                Expression(setting.Value, module, prefix);
            var candidates = read.Candidates(module);
            if (candidates.IsEmpty)
                return;
            // A type that is computed may be any of theirs.
            var isKnown = read.Type is null or StringSyntax || PathOf(read.Type, prefix) is not null;
            var type = read.Type is StringSyntax text ? text.Value : root.At(read.Type is null ? StatePath.Join(place, ReadCall.TypeKey) : PathOf(read.Type, prefix) ?? "")?.Text;
            foreach (var block in !isKnown ? candidates : BlockConfig.Choose(candidates, type) is { } chosen ? [chosen] : [])
                Section(block.Section, block.Declaration.Module, place, read.Gives);
        }

        private string? PathOf(ExpressionSyntax expression, string prefix) => expression switch
        {
            NameSyntax { Text: ConfigReader.Whole } when root.At(StatePath.Join(prefix, ConfigReader.Whole)) is null => prefix,
            NameSyntax { Text.Length: > 0 } name => StatePath.Join(prefix, name.Text),
            MemberAccessSyntax access when PathOf(access.Target, prefix) is { } target => StatePath.Join(target, access.Name.Text),
            _ => null,
        };
    }
}
