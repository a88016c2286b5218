namespace Mllm.Compiler.Diagnostics;

/// <summary>Lists in words, for messages.</summary>
public static class Words
{
    /// <summary><c>`a`</c>, <c>`a` or `b`</c>, <c>`a`, `b` or `c`</c>.</summary>
    public static string Choice(IReadOnlyList<string> words) => Join([.. words.Select(w => $"`{w}`")], "or");

    /// <summary>The same with <c>and</c>.</summary>
    public static string List(IReadOnlyList<string> words) => Join([.. words.Select(w => $"`{w}`")], "and");

    /// <summary>Phrases as they are, joined by commas and a last word.</summary>
    public static string Join(IReadOnlyList<string> phrases, string last) => phrases.Count switch
    {
        0 => "nothing",
        1 => phrases[0],
        _ => $"{string.Join(", ", phrases.Take(phrases.Count - 1))} {last} {phrases[^1]}",
    };
}
