using System.Collections.Immutable;
using System.Text.RegularExpressions;

namespace Mllm.Runtime.Evaluation;

/// <summary>
/// The tokens over which captions are compared: a simple likeness of the Penn Treebank's tokenisation with its punctuation left out, as is usual for captions
/// (Chen et al., 2015, section 3.1). Lower case; a run of letters and digits is a token, hyphens inside it included, and so is a number with its separators;
/// <c>n't</c>, <c>'s</c>, <c>'re</c>, <c>'ve</c>, <c>'ll</c>, <c>'d</c> and <c>'m</c> are tokens of their own; of other characters symbols and <c>% &amp; # @</c> are.
/// Scripts without blanks between words are not split into words.
/// </summary>
public static partial class CaptionTokens
{
    public static ImmutableArray<string> Of(string text) => [.. Tokens().Matches(text.ToLowerInvariant().Replace('\u2019', '\'')).Select(m => m.Value)];

    [GeneratedRegex(@"[\p{L}\p{M}\p{N}]+?(?=n't\b)|n't\b|'(?:s|re|ve|ll|d|m)\b|\p{N}+(?:[.,:]\p{N}+)+|[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)*|\p{S}|[%&#@]")]
    private static partial Regex Tokens();
}
