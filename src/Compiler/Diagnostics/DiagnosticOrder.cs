using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

/// <summary>The order in which findings are shown: by file, position and code; of exact duplicates one remains.</summary>
public static class DiagnosticOrder
{
    public static ImmutableArray<Diagnostic> Sort(IEnumerable<Diagnostic> diagnostics) =>
    [
        .. diagnostics.Distinct(SameFinding.Instance)
            .OrderBy(d => d.Primary.Span.Source?.Path ?? "", StringComparer.Ordinal)
            .ThenBy(d => d.Primary.Span.Start)
            .ThenBy(d => d.Primary.Span.End)
            .ThenBy(d => d.Code, StringComparer.Ordinal)
            .ThenBy(d => d.Message, StringComparer.Ordinal)
    ];

    /// <summary>Equality of everything shown; a file read twice is one file.</summary>
    private sealed class SameFinding : IEqualityComparer<Diagnostic>
    {
        public static readonly SameFinding Instance = new();

        public bool Equals(Diagnostic? a, Diagnostic? b) => a is null || b is null
            ? a is null && b is null
            : a.Code == b.Code && a.Severity == b.Severity && a.Message == b.Message && a.Help == b.Help && Same(a.Primary, b.Primary)
                && a.Fix?.Title == b.Fix?.Title && a.Fix?.Replacement == b.Fix?.Replacement && Same(a.Fix?.Span, b.Fix?.Span)
                && a.Secondary.Length == b.Secondary.Length && a.Secondary.Zip(b.Secondary).All(p => Same(p.First, p.Second));

        public int GetHashCode(Diagnostic d) => HashCode.Combine(d.Code, d.Message, d.Primary.Span.Start, d.Primary.Span.End);

        private static bool Same(Label a, Label b) => a.Text == b.Text && Same(a.Span, b.Span);

        private static bool Same(Span? a, Span? b) => a?.Start == b?.Start && a?.End == b?.End && a?.Source?.Path == b?.Source?.Path;
    }
}
