using Mllm.Compiler.Binding;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>A key that a <c>config</c> section reads, as a dotted path, and where it does.</summary>
internal sealed record Mention(string Path, Span Span)
{
    public static IEnumerable<Mention> In(SectionSyntax section) =>
        section.Settings.Select(s => s.Value).OfType<ExpressionSettingSyntax>().SelectMany(s => In(s.Expression))
            .Concat(section.Requirements.SelectMany(r => In(r.Condition)));

    /// <summary>The longest paths in an expression: of <c>a.b.c</c> the whole alone. What is called is a block or a function.</summary>
    private static IEnumerable<Mention> In(ExpressionSyntax expression) => expression switch
    {
        NameSyntax or MemberAccessSyntax when PathOf(expression) is { } path => [new Mention(path, expression.Span)],
        CallSyntax { Callee: NameSyntax } call => call.Arguments.SelectMany(a => In(a.Value)),
        _ => ExpressionTree.Children(expression).SelectMany(In),
    };

    private static string? PathOf(ExpressionSyntax expression) => expression switch
    {
        NameSyntax { Text.Length: > 0 } name => name.Text,
        MemberAccessSyntax access when PathOf(access.Target) is { } target => $"{target}.{access.Name.Text}",
        _ => null,
    };

    /// <summary>Whether a path is this one or leads further into it.</summary>
    public bool Covers(string path) => IsBelow(path, Path);

    /// <summary>Whether this path leads further into an object.</summary>
    public bool IsInside(string path) => Path != path && IsBelow(Path, path);

    private static bool IsBelow(string path, string owner) =>
        path.StartsWith(owner, StringComparison.Ordinal) && (path.Length == owner.Length || path[owner.Length] == '.');
}
