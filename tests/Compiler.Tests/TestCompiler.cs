using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Tests;

/// <summary>The compiler as the file-driven tests see it.</summary>
internal static class TestCompiler
{
    /// <summary>
    /// All findings about one file. The source's path is relative to the repository root, so that its imports can be read from there; the library's are in the
    /// compiler. Null while the stages are not connected, which the tests say.
    /// </summary>
    public static readonly Func<SourceText, ImmutableArray<Diagnostic>>? Check = null;
}
