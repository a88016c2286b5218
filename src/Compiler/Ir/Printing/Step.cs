using System.Collections.Immutable;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>One step of a function in reading order.</summary>
/// <param name="First">The index of its first node.</param>
internal abstract record Step(int First);

/// <summary>One node.</summary>
internal sealed record NodeStep(int First) : Step(First);

/// <summary>A sequence of nodes that occurs several times in a row, with other indices in its paths.</summary>
/// <param name="Period">How many nodes one occurrence has.</param>
/// <param name="Count">How many times it occurs.</param>
/// <param name="Body">The steps of the first occurrence.</param>
/// <param name="Carried">Results, by position in the occurrence, that the next occurrence takes; the last one's is the whole's.</param>
/// <param name="Listed">Results that are used from outside, one for each occurrence.</param>
internal sealed record RepeatStep(int First, int Period, int Count, ImmutableArray<Step> Body, ImmutableHashSet<ResultPosition> Carried, ImmutableHashSet<ResultPosition> Listed)
    : Step(First);

/// <summary>A result of a node, by the node's place in an occurrence and the result's in the node.</summary>
internal readonly record struct ResultPosition(int Node, int Result);
