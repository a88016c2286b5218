using System.Collections.Frozen;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Where a block that is being built was asked for, and inside which other block: the way from a place in library text out to the user's own text.</summary>
/// <param name="Made">The call that made it.</param>
internal sealed class Origin(BlockSyntax block, Span made, Origin? outer)
{
    public BlockSyntax Block => block;

    public Span Made => made;

    public Origin? Outer => outer;

    /// <summary>This origin and those around it, from the inside out.</summary>
    public IEnumerable<Origin> Chain()
    {
        for (var o = this; o is not null; o = o.Outer)
            yield return o;
    }
}

/// <summary>Says in a finding which of the user's own lines led to it.</summary>
internal static class Trail
{
    /// <summary>The codes whose finding depends on the values that a block or a variant was given, and not on the text at its place alone.</summary>
    private static readonly FrozenSet<string> OfValues = new[]
    {
        "MLLM2016", "MLLM3005", "MLLM3006", "MLLM3007", "MLLM3009", "MLLM3010", "MLLM3011", "MLLM3013", "MLLM3014", "MLLM4001", "MLLM4002", "MLLM4003",
        "MLLM5001", "MLLM5004", "MLLM5005", "MLLM5010", "MLLM5015", "MLLM5021",
    }.ToFrozenSet();

    public static bool DependsOnValues(Diagnostic diagnostic) => OfValues.Contains(diagnostic.Code);

    /// <summary>The finding with the innermost and the outermost call in the main file that led to it.</summary>
    public static Diagnostic Mark(Diagnostic diagnostic, Origin? origin, SourceText main)
    {
        var isForeign = diagnostic.Primary.Span.Source != main;
        if (origin is null || !isForeign && !DependsOnValues(diagnostic))
            return diagnostic;
        var calls = origin.Chain().Where(o => o.Made != o.Block.Name.Span).ToList();
        if ((calls.FirstOrDefault(o => o.Made.Source == main) ?? calls.FirstOrDefault()) is not { } inner)
            return diagnostic;
        diagnostic = diagnostic.SeeOnce(inner.Made, $"for this `{inner.Block.Name}`, made here");
        return calls[^1] == inner || calls[^1].Made.Source != main ? diagnostic : diagnostic.SeeOnce(calls[^1].Made, $"inside this `{calls[^1].Block.Name}`");
    }
}
