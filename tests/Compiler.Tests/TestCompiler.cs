using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Tests;

/// <summary>The compiler as the file-driven tests see it: a file in, everything that is wrong with it out.</summary>
internal static class TestCompiler
{
    /// <summary>All findings about one file. The source's path is relative to the repository root; what it imports is read from there, or from the library.</summary>
    public static readonly Func<SourceText, ImmutableArray<Diagnostic>> Check = source => Load(source).Check();

    public static Compilation Load(SourceText source) => Compilation.Load(source, path => Repository.Exists(path) ? Repository.Read(path) : null);
}
