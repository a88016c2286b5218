namespace Mllm.Runtime.Inputs;

/// <summary>What becomes of the matches of a pattern that a text is split at.</summary>
internal enum SplitBehavior
{
    /// <summary>They vanish.</summary>
    Removed,

    /// <summary>Each is a piece.</summary>
    Isolated,

    /// <summary>They join the piece before them.</summary>
    MergedWithPrevious,

    /// <summary>They join the piece after them.</summary>
    MergedWithNext,

    /// <summary>Neighbouring ones are one piece.</summary>
    Contiguous,
}

/// <summary>Splits texts as each behavior says.</summary>
internal static class Splitting
{
    /// <summary>
    /// The pieces of <paramref name="text"/>, none of them empty.
    /// </summary>
    /// <param name="matches">Where the pattern matched, in order.</param>
    /// <param name="invert">True if what lies between the matches is to be treated as the match.</param>
    public static List<TextRange> Split(this SplitBehavior behavior, string text, List<TextRange> matches, bool invert)
    {
        List<(TextRange Range, bool IsMatch)> parts = Cover(text, matches, invert);
        if (behavior == SplitBehavior.MergedWithNext)
        {
            parts.Reverse();
        }

        var pieces = new List<TextRange>(parts.Count);
        bool afterMatch = false;
        foreach ((TextRange range, bool isMatch) in parts)
        {
            bool joins = pieces.Count > 0 && behavior switch
            {
                SplitBehavior.MergedWithPrevious or SplitBehavior.MergedWithNext => isMatch && !afterMatch,
                SplitBehavior.Contiguous => isMatch == afterMatch,
                _ => false,
            };
            if (joins)
            {
                TextRange last = pieces[^1];
                pieces[^1] = new(Math.Min(last.Start, range.Start), Math.Max(last.End, range.End));
            }
            else if (behavior != SplitBehavior.Removed || !isMatch)
            {
                pieces.Add(range);
            }

            afterMatch = isMatch;
        }

        if (behavior == SplitBehavior.MergedWithNext)
        {
            pieces.Reverse();
        }

        return pieces;
    }

    /// <summary>The whole text as matches and what lies between them.</summary>
    private static List<(TextRange Range, bool IsMatch)> Cover(string text, List<TextRange> matches, bool invert)
    {
        var parts = new List<(TextRange, bool)>((2 * matches.Count) + 1);
        int done = 0;
        foreach (TextRange match in matches)
        {
            AddUnlessEmpty(new(done, match.Start), invert);
            AddUnlessEmpty(match, !invert);
            done = match.End;
        }

        AddUnlessEmpty(new(done, text.Length), invert);
        return parts;

        void AddUnlessEmpty(TextRange range, bool isMatch)
        {
            if (range.End > range.Start)
            {
                parts.Add((range, isMatch));
            }
        }
    }
}
