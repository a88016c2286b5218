using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A renamed prefix that would turn missing tensors into unexpected ones of the same shape.</summary>
/// <param name="From">The prefix of the names looked for, without its last dot; <c>*</c> for a number; may be empty.</param>
/// <param name="To">What the checkpoint has instead; may be empty.</param>
/// <param name="Matches">The names looked for and the checkpoint's names that they become.</param>
public sealed record RenameHint(string From, string To, ImmutableArray<(string Missing, string Unexpected)> Matches)
{
    /// <summary>The hint as a sentence, of <paramref name="missing"/> missing tensors in all.</summary>
    public string Sentence(int missing)
    {
        var all = Matches.Length == missing;
        var subject = all ? $"all {SafetensorsErrors.Number(missing)} missing tensors match"
            : $"{SafetensorsErrors.Number(Matches.Length)} of {SafetensorsErrors.Number(missing)} missing tensors match";
        var change = (From, To) switch
        {
            ("", _) => $"`{Shown(To)}.` is put in front of {(all ? "their names" : $"names that begin with {Beginnings()}")}",
            (_, "") => $"the prefix `{Shown(From)}.` is removed",
            _ => $"the prefix `{Shown(From)}.` is replaced by `{Shown(To)}.`",
        };
        return $"{subject} unexpected ones if {change}";
    }

    private string Beginnings()
    {
        var first = Matches.Select(m => m.Missing.Split('.')[0]).Distinct().ToList();
        return string.Join(", ", first.Take(4).Select(f => $"`{Shown(f)}.`")) + (first.Count > 4 ? " and others" : "");
    }

    private static string Shown(string name) => WeightsError.Shown(name);
}
