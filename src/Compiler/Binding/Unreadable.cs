using System.Collections.Frozen;
using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>
/// The declarations that mistakes of syntax may have left without some of their names. That a name is missing there, or missing in what they declare, is most likely the
/// same mistake and is not said again.
/// </summary>
internal sealed class Unreadable
{
    /// <summary>Mistakes after which text was skipped or closed by guess; the others are read as they were meant.</summary>
    private static readonly FrozenSet<string> Losing = new[]
    {
        "MLLM1001", "MLLM1002", "MLLM1003", "MLLM1005", "MLLM1007", "MLLM1009", "MLLM1010", "MLLM1012", "MLLM1019",
    }.ToFrozenSet();

    /// <summary>Findings that something is missing, doubled or misplaced.</summary>
    private static readonly FrozenSet<string> OfNames = new[]
    {
        "MLLM2005", "MLLM2006", "MLLM2007", "MLLM2008", "MLLM2012", "MLLM2013", "MLLM2016", "MLLM3001", "MLLM3002", "MLLM3003", "MLLM4004", "MLLM4006", "MLLM4008", "MLLM5008",
    }.ToFrozenSet();

    private readonly ImmutableArray<Span> _spans;

    /// <param name="syntax">The findings of reading.</param>
    /// <param name="root">The main file; a mistake in another one makes the whole of that file unreadable.</param>
    public Unreadable(ImmutableArray<Diagnostic> syntax, SourceModule root) =>
        _spans = [.. syntax.Where(d => Losing.Contains(d.Code)).Select(d => Around(d, root)).Distinct()];

    public bool Hides(Diagnostic diagnostic) =>
        !_spans.IsEmpty && OfNames.Contains(diagnostic.Code) && diagnostic.Secondary.Append(diagnostic.Primary).Any(l => _spans.Any(s => Contains(s, l.Span)));

    /// <summary>The declaration around a mistake; the whole file where it is outside of all, or brackets do not match and declarations may end anywhere.</summary>
    private static Span Around(Diagnostic mistake, SourceModule root)
    {
        var span = mistake.Primary.Span;
        if (mistake.Code is not (SyntaxErrors.UnclosedBracketCode or SyntaxErrors.StrayBracketCode))
            foreach (var declaration in root.Own)
                if (Contains(declaration.Span, span))
                    return declaration.Span;
        return new Span(span.Source, 0, span.Source.Text.Length);
    }

    private static bool Contains(Span outer, Span inner) => outer.Source == inner.Source && outer.Start <= inner.Start && inner.End <= outer.End;
}
