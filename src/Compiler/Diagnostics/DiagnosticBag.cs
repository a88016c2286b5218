using System.Collections.Immutable;

namespace Mllm.Compiler.Diagnostics;

/// <summary>Collects the findings of one stage; the same finding at the same place is kept once.</summary>
public sealed class DiagnosticBag
{
    private readonly List<Diagnostic> _items = [];
    private readonly HashSet<(string Code, Text.Span Span, string Message)> _seen = [];

    public int Count => _items.Count;

    public bool HasErrors => _items.Any(d => d.Severity == Severity.Error);

    public void Add(Diagnostic diagnostic)
    {
        if (_seen.Add((diagnostic.Code, diagnostic.Primary.Span, diagnostic.Message)))
            _items.Add(diagnostic);
    }

    public void AddRange(IEnumerable<Diagnostic> diagnostics)
    {
        foreach (var d in diagnostics)
            Add(d);
    }

    public ImmutableArray<Diagnostic> ToImmutable() => [.. _items];
}
