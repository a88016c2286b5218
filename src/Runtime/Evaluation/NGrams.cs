namespace Mllm.Runtime.Evaluation;

/// <summary>Counts runs of tokens.</summary>
internal static class NGrams
{
    /// <summary>Stands between the tokens of a run; no token holds it, as it is a control character.</summary>
    private const char Between = '\u001f';

    /// <summary>How often each run of <paramref name="n"/> tokens occurs.</summary>
    public static Dictionary<string, int> Count(IReadOnlyList<string> tokens, int n)
    {
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i + n <= tokens.Count; i++)
        {
            var run = string.Join(Between, tokens.Skip(i).Take(n));
            counts[run] = counts.GetValueOrDefault(run) + 1;
        }
        return counts;
    }
}
