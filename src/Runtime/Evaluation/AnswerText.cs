using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mllm.Runtime.Evaluation;

/// <summary>
/// Answers as SQuAD compares them (Rajpurkar et al., 2016, section 6.1): lower case; without punctuation (ASCII's 32 characters); without the articles
/// "a", "an" and "the"; words separated by single blanks.
/// </summary>
public static partial class AnswerText
{
    private const string Punctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

    /// <summary>The words that are compared, in their order.</summary>
    public static ImmutableArray<string> Words(string text)
    {
        var bare = string.Concat(text.ToLowerInvariant().Where(c => !Punctuation.Contains(c)));
        return [.. Articles().Replace(bare, " ").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)];
    }

    /// <summary>The text that is compared.</summary>
    public static string Normalise(string text) => string.Join(' ', Words(text));

    [GeneratedRegex(@"\b(a|an|the)\b")]
    private static partial Regex Articles();
}
