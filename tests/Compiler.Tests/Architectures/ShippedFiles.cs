using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>The model files under <c>architectures/</c>, the library apart: a file that is put there is tested without a line changed here.</summary>
internal static class ShippedFiles
{
    private const string Folder = "architectures/";
    private const string Library = "architectures/std/";

    private static readonly ConcurrentDictionary<(string, string?), ModelProgram> Programs = new();

    public static ImmutableArray<string> Paths { get; } = [.. Repository.Files(Folder, "*.mllm").Where(f => !f.StartsWith(Library, StringComparison.Ordinal))];

    /// <summary>Every file with each of its variants; a file without variants once, with null.</summary>
    public static IEnumerable<(string Path, string? Variant)> Settings =>
        Paths.SelectMany(p => Load(p).Variants is { IsEmpty: false } variants ? variants.Select(v => (p, (string?)v)) : [(p, null)]);

    public static Compilation Load(string path) => Load(path, Repository.Read(path));

    /// <summary>A text as if it stood in a file of that path.</summary>
    public static Compilation Load(string path, string text) => Compilation.Load(new SourceText(path, text), p => Repository.Exists(p) ? Repository.Read(p) : null);

    /// <summary>A path without the folder and the ending, such as <c>hybrids/llava_xattn</c>.</summary>
    public static string NameOf(string path) => path[Folder.Length..^".mllm".Length];

    /// <summary>The program of a shipped setting, compiled once for all tests; any finding fails the test.</summary>
    public static ModelProgram Program(string path, string? variant) => Programs.GetOrAdd((path, variant), _ => Load(path).Compile(variant));

    /// <summary>The program of a setting; any finding fails the test.</summary>
    public static ModelProgram Compile(this Compilation compilation, string? variant, params (string Name, string Value)[] overrides) =>
        compilation.Expect(new CompileRequest(variant, [.. overrides.Select(o => KeyValuePair.Create(o.Name, o.Value))]));

    /// <summary>The program of a request; any finding fails the test.</summary>
    public static ModelProgram Expect(this Compilation compilation, CompileRequest request)
    {
        var stage = compilation.Compile(request);
        Assert.True(stage.Diagnostics.IsEmpty, Renderer.Render(stage.Diagnostics, RenderOptions.Plain));
        return stage.Value!;
    }
}
