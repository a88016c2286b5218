using System.Collections.Immutable;
using Mllm.Runtime.Data;

namespace Mllm.Runtime.Evaluation;

/// <summary>The figures of retrieval.</summary>
public static class RetrievalFigures
{
    private const string Texts = "text recall@";
    private const string Pictures = "picture recall@";

    /// <summary>Recall@1, 5 and 10 of texts for pictures, then of pictures for texts.</summary>
    public static ImmutableArray<Figure> Of(Retrieval found) =>
        [.. Of(Texts, found.TextOfPicture, "pictures"), .. Of(Pictures, found.PictureOfText, "texts")];

    /// <summary>The share of pictures whose text is found first, for each value of a field of the pictures' records.</summary>
    public static ImmutableArray<FigureGroup> By(string field, IReadOnlyList<Sample> pictures, Retrieval found) =>
    [
        .. Enumerable.Range(0, pictures.Count).GroupBy(p => pictures[p].Fields.GetValueOrDefault(field, "")).OrderBy(g => g.Key, StringComparer.Ordinal)
            .Select(g => new FigureGroup(g.Key, [.. RecallTable.Cuts.Select(k => new Figure($"{Texts}{k}", g.Average(p => found.TextOfPicture.Ranks[p] <= k ? 1.0 : 0), g.Count(), "pictures"))])),
    ];

    private static IEnumerable<Figure> Of(string name, RecallTable table, string unit) =>
        table.Recalls.Select(r => new Figure($"{name}{r.K}", r.Share, table.Queries, unit, r.Chance));
}
