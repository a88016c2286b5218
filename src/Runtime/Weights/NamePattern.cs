using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A dotted name whose segments may be <c>*</c>, each of which stands for exactly one segment.</summary>
internal sealed class NamePattern
{
    private readonly ImmutableArray<string> segments;

    private NamePattern(ImmutableArray<string> segments) => this.segments = segments;

    public int Length => segments.Length;

    public int Wildcards => segments.Count(s => s == "*");

    public ImmutableArray<string> Segments => segments;

    /// <summary>A pattern, or why the text is none. The empty text is the pattern of no segments.</summary>
    public static (NamePattern? Pattern, string? Reason) Parse(string text)
    {
        var segments = Split(text);
        foreach (var segment in segments)
        {
            if (segment.Length == 0) return (null, "it has an empty segment");
            if (segment != "*" && segment.Contains('*')) return (null, $"the segment `{segment}` is neither a name nor `*`");
        }
        return (new NamePattern(segments), null);
    }

    public static ImmutableArray<string> Split(string name) => name.Length == 0 ? [] : [.. name.Split('.')];

    /// <summary>True if <paramref name="path"/> begins with this pattern; then what each <c>*</c> stands for, in order.</summary>
    public bool IsPrefixOf(ReadOnlySpan<string> path, out ImmutableArray<string> captured)
    {
        captured = [];
        if (path.Length < segments.Length) return false;
        for (var i = 0; i < segments.Length; i++)
        {
            if (segments[i] != "*" && !string.Equals(segments[i], path[i], StringComparison.Ordinal)) return false;
        }
        if (Wildcards == 0) return true;
        var stars = ImmutableArray.CreateBuilder<string>();
        for (var i = 0; i < segments.Length; i++)
            if (segments[i] == "*") stars.Add(path[i]);
        captured = stars.ToImmutable();
        return true;
    }

    public override string ToString() => string.Join('.', segments);
}
