namespace Mllm.Runtime.Evaluation;

/// <summary>How well an answer agrees with those that count as right, by the definitions of SQuAD (Rajpurkar et al., 2016, section 6.1).</summary>
public static class AnswerMetrics
{
    /// <summary>1 where the answer equals one of the references after <see cref="AnswerText.Normalise"/>, else 0.</summary>
    public static double ExactMatch(string answer, IEnumerable<string> references)
    {
        var given = AnswerText.Normalise(answer);
        return references.Any(r => AnswerText.Normalise(r) == given) ? 1 : 0;
    }

    /// <summary>
    /// The harmonic mean of precision and recall over the words that both have, counted as often as both have them; the best over the references.
    /// Where one of the two has no words, 1 if neither has any, else 0 (as in SQuAD 2.0, Rajpurkar et al., 2018).
    /// </summary>
    public static double TokenF1(string answer, IEnumerable<string> references) => references.Select(r => TokenF1(answer, r)).DefaultIfEmpty(0).Max();

    private static double TokenF1(string answer, string reference)
    {
        var (given, right) = (AnswerText.Words(answer), AnswerText.Words(reference));
        if (given.IsEmpty || right.IsEmpty)
            return given.IsEmpty && right.IsEmpty ? 1 : 0;
        var left = right.CountBy(w => w).ToDictionary();
        var common = given.Count(w => left.TryGetValue(w, out var n) && n > 0 && (left[w] = n - 1) >= 0);
        // 2PR / (P + R) with P = common / given and R = common / right.
        return 2.0 * common / (given.Length + right.Length);
    }
}
