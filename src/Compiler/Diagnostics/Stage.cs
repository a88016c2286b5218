using System.Collections.Immutable;

namespace Mllm.Compiler.Diagnostics;

/// <summary>What a compiler stage gives: its best value and everything it found. Stages never throw on user input.</summary>
public sealed record Stage<T>(T Value, ImmutableArray<Diagnostic> Diagnostics)
{
    public bool HasErrors => Diagnostics.Any(d => d.Severity == Severity.Error);
}
