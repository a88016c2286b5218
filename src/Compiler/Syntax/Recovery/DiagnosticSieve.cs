using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Tokens;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Recovery;

/// <summary>Puts the findings of one file in order and leaves out those that only follow from others.</summary>
internal sealed class DiagnosticSieve
{
    private readonly TokenList _list;
    private readonly HashSet<int> _strayLines;
    private readonly HashSet<int> _unexpected;
    private readonly Queue<Span> _doubtful;
    private Diagnostic? _previous;
    private int _doubtfulEnd;
    private int _missingBraces;

    private DiagnosticSieve(List<Diagnostic> diagnostics, TokenList list)
    {
        _list = list;
        _doubtful = new Queue<Span>(list.Doubtful.OrderBy(span => span.Start));
        _missingBraces = diagnostics.Count(d => d.Primary.Text == "expected `{`");
        _unexpected = [.. diagnostics.Where(d => d.Code == SyntaxErrors.UnexpectedTokenCode).Select(d => d.Primary.Span.Start)];
        _strayLines = [.. diagnostics.Where(d => d.Code == SyntaxErrors.StrayBracketCode).Select(d => Line(d.Primary.Span))];
    }

    /// <param name="most">How many are kept.</param>
    public static ImmutableArray<Diagnostic> Sift(List<Diagnostic> diagnostics, TokenList list, int most)
    {
        if (diagnostics.Count == 0)
            return [];
        var sieve = new DiagnosticSieve(diagnostics, list);
        var kept = new List<Diagnostic>();
        var sorted = diagnostics.OrderBy(d => d.Primary.Span.Start).ThenBy(d => SyntaxErrors.Rank(d.Code)).ToList();
        foreach (var diagnostic in sorted)
        {
            if (sieve.Follows(diagnostic))
                continue;
            if (kept.Count == most)
                return [.. kept, SyntaxErrors.TooManyErrors(diagnostic.Primary.Span, most)];
            kept.Add(diagnostic);
            sieve._previous = diagnostic;
        }
        // Should each follow from another, the first stands for all: a broken file is never taken for a whole one.
        return kept.Count > 0 ? [.. kept] : [sorted[0]];
    }

    private bool Follows(Diagnostic diagnostic)
    {
        var span = diagnostic.Primary.Span;
        var onSameLine = _previous is { } previous && SyntaxErrors.IsStructural(previous.Code) && Line(previous.Primary.Span) == Line(span);
        if (!SyntaxErrors.IsStructural(diagnostic.Code))
            return false;
        var isSamePlace = onSameLine && _previous!.Primary.Span.Start == span.Start;
        if (isSamePlace || onSameLine && (_strayLines.Contains(Line(span)) || _list.Ends.Contains(span.Start)))
            return true;
        // An opening bracket where none is expected has no closing one either.
        if (diagnostic.Code == SyntaxErrors.UnclosedBracketCode && diagnostic.Secondary.Any(opener => _unexpected.Contains(opener.Span.Start)))
            return true;
        if (diagnostic.Code == SyntaxErrors.StrayBracketCode)
            // The brace that closes a body whose opening one is missing.
            return span.Text == "}" && _missingBraces-- > 0;
        if (_list.BrokenLines.Contains(Line(span) + 1))
            return true;
        return diagnostic.Code != SyntaxErrors.UnclosedBracketCode && (_list.Gaps.Contains(span.Start) || IsDoubtful(span));
    }

    /// <summary>Whether a span begins inside a doubtful text; the spans must come in the order of the text.</summary>
    private bool IsDoubtful(Span span)
    {
        while (_doubtful.TryPeek(out var next) && next.Start < span.Start)
            _doubtfulEnd = Math.Max(_doubtfulEnd, _doubtful.Dequeue().End);
        return span.Start < _doubtfulEnd;
    }

    private static int Line(Span span) => span.From.Line;
}
