using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Tokens;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>Puts the findings of one file in order and leaves out those that only follow from others.</summary>
internal static class DiagnosticSieve
{
    /// <param name="most">How many are kept.</param>
    public static ImmutableArray<Diagnostic> Sift(List<Diagnostic> diagnostics, TokenList list, int most)
    {
        var kept = new List<Diagnostic>();
        var missingBraces = 0;
        foreach (var diagnostic in diagnostics.OrderBy(d => d.Primary.Span.Start).ThenBy(d => d.Code, StringComparer.Ordinal))
        {
            if (Follows(diagnostic, kept.LastOrDefault(), list))
                continue;
            // The brace that closes a body whose opening one is missing.
            if (diagnostic is { Code: "MLLM1003", Primary.Span.Text: "}" } && missingBraces-- > 0)
                continue;
            if (diagnostic is { Code: "MLLM1001", Primary.Text: "expected `{`" })
                missingBraces++;
            if (kept.Count == most)
                return [.. kept, SyntaxErrors.TooManyErrors(diagnostic.Primary.Span, most)];
            kept.Add(diagnostic);
        }
        return [.. kept];
    }

    private static bool Follows(Diagnostic diagnostic, Diagnostic? previous, TokenList list)
    {
        if (!SyntaxErrors.IsStructural(diagnostic.Code))
            return false;
        var span = diagnostic.Primary.Span;
        return list.Gaps.Contains(span.Start)
            || list.BrokenLines.Contains(span.From.Line + 1)
            || previous?.Primary.Span.Start == span.Start && SyntaxErrors.IsStructural(previous.Code)
            || list.Ends.Contains(span.Start) && previous is { Code: "MLLM1001" } && previous.Primary.Span.From.Line == span.From.Line;
    }
}
