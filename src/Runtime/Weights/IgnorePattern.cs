namespace Mllm.Runtime.Weights;

/// <summary>
/// Names of checkpoint tensors that a model may leave aside: an exact name (<c>model.image_newline</c>), everything under a
/// prefix (<c>model.vision_tower.*</c>), with <c>*</c> for single segments inside (<c>model.layers.*.rotary_emb.inv_freq</c>).
/// </summary>
public sealed class IgnorePattern
{
    private readonly NamePattern pattern;
    private readonly bool anyDepth;

    private IgnorePattern(string text, NamePattern pattern, bool anyDepth) =>
        (Text, this.pattern, this.anyDepth) = (text, pattern, anyDepth);

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern. A last <c>*</c> stands for one or more segments, any other for exactly one. Error: MLLM6032.</summary>
    public static WeightsResult<IgnorePattern> Parse(string text)
    {
        var (pattern, reason) = NamePattern.Parse(text);
        if (pattern is null || pattern.Length == 0) return MapErrors.BadIgnore(text, reason ?? "it is empty");
        return new IgnorePattern(text, pattern, anyDepth: pattern.Segments[^1] == "*");
    }

    /// <summary>True if the pattern covers the whole of <paramref name="name"/>.</summary>
    public bool Matches(string name)
    {
        var segments = NamePattern.Split(name);
        return pattern.IsPrefixOf(segments.AsSpan(), out _) && (anyDepth || segments.Length == pattern.Length);
    }
}
