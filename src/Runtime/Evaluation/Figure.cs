using System.Collections.Immutable;

namespace Mllm.Runtime.Evaluation;

/// <summary>A number of an evaluation with what it was taken over.</summary>
/// <param name="Name">In words, as <c>token F1</c>.</param>
/// <param name="Value">Null where it is not defined.</param>
/// <param name="Count">How many of <paramref name="Unit"/> it is the mean of.</param>
/// <param name="Unit">samples, tokens, pictures or texts.</param>
/// <param name="Chance">What random answers would give; null where nothing sensible can be said.</param>
public sealed record Figure(string Name, double? Value, long Count, string Unit, double? Chance = null)
{
    /// <summary>The name as documents for programs have it, as <c>token_f1</c> or <c>text_recall_at_1</c>.</summary>
    public string Key => Name.ToLowerInvariant().Replace(' ', '_').Replace('-', '_').Replace("@", "_at_", StringComparison.Ordinal);
}

/// <summary>The figures of the samples whose field has one value.</summary>
public sealed record FigureGroup(string Value, ImmutableArray<Figure> Figures);
