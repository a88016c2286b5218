using System.Collections.Immutable;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Diagnostics;

public enum Severity { Error, Warning }

/// <summary>One finding about a source text: a stable code, what is wrong where, and what would mend it.</summary>
/// <param name="Code">A stable code such as <c>MLLM4001</c>; its page is <c>docs/errors/MLLM4001.md</c>.</param>
/// <param name="Message">What is wrong, as one sentence without a final stop.</param>
/// <param name="Primary">Where the mistake is, with the short text that stands under it.</param>
public sealed record Diagnostic(string Code, Severity Severity, string Message, Label Primary)
{
    /// <summary>Other places that explain the first: where an expectation came from, an earlier definition.</summary>
    public ImmutableArray<Label> Secondary { get; init; } = [];

    /// <summary>How to mend it, in words.</summary>
    public string? Help { get; init; }

    /// <summary>A mechanical mend, where there is exactly one.</summary>
    public Fix? Fix { get; init; }
}

/// <summary>A span with a short text about it; the text may be empty.</summary>
public sealed record Label(Span Span, string Text);

/// <summary>Replace the text of a span.</summary>
public sealed record Fix(string Title, Span Span, string Replacement);
