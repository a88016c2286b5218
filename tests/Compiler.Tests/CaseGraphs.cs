using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests;

/// <summary>The models of the valid cases compile in every variant, and the verifier accepts their graphs as lowered and after each pass.</summary>
public class CaseGraphs
{
    public static TheoryData<string, string?> Settings
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var path in Cases.Paths.Where(Cases.IsValid))
            {
                var compilation = Load(path);
                foreach (var variant in compilation.Model is null ? [] : compilation.Variants.Cast<string?>().DefaultIfEmpty(null))
                    data.Add(path, variant);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Stay_well_formed_through_all_passes(string path, string? variant)
    {
        var seen = 0;
        var stage = Load(path).Compile(new CompileRequest(variant, Seen: (by, graph) =>
        {
            seen++;
            var problems = GraphVerifier.Verify(graph);
            Assert.True(problems.IsEmpty, $"after {by}:\n{string.Join('\n', problems)}");
        }));
        Assert.True(stage.Value is not null, Renderer.Render(stage.Diagnostics, RenderOptions.Plain));
        Assert.True(seen > 1, "no pass was seen");
    }

    private static Compilation Load(string path) => TestCompiler.Load(new SourceText(path, Repository.Read(path)));
}
