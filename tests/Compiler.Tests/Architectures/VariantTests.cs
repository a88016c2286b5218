using Mllm.Compiler.Ir;
using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Std;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>Every shipped setting compiles without a finding, and the verifier accepts its graph as lowered and after each pass.</summary>
public class VariantTests
{
    public static TheoryData<string, string?> Settings
    {
        get
        {
            var data = new TheoryData<string, string?>();
            foreach (var (path, variant) in ShippedFiles.Settings)
                data.Add(path, variant);
            return data;
        }
    }

    public static TheoryData<string> Files => [.. ShippedFiles.Paths];

    [Theory]
    [MemberData(nameof(Settings))]
    public void Every_variant_compiles_and_stays_well_formed_through_all_passes(string path, string? variant)
    {
        var seen = new List<string>();
        var program = ShippedFiles.Load(path).Expect(new CompileRequest(variant, Seen: (by, graph) =>
        {
            seen.Add(by);
            var problems = GraphVerifier.Verify(graph);
            Assert.True(problems.IsEmpty, $"after {by}:\n{string.Join('\n', problems)}");
        }));
        Assert.Equal(["lowering", .. Pipeline.Passes.Select(p => p.Name)], seen);
        Assert.NotEmpty(program.Graph.Parameters);
        // Constant sizes are what a runtime allocates.
        Assert.All(program.Graph.Parameters, p => Assert.True(p.Count.Value > 0, $"{p.Path} has {p.Count} elements"));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_file_is_without_findings(string path) => Assert.Empty(ShippedFiles.Load(path).Check());

    [Theory]
    [MemberData(nameof(Files))]
    public void Compiling_twice_gives_the_same_graph(string path)
    {
        var variant = ShippedFiles.Load(path).DefaultVariant;
        var (one, other) = (ShippedFiles.Load(path).Compile(variant), ShippedFiles.Load(path).Compile(variant));
        Assert.Equal(GraphPrinter.ToText(one.Graph), GraphPrinter.ToText(other.Graph));
        Assert.Equal(one.Graph.Parameters.Select(p => p.Path), other.Graph.Parameters.Select(p => p.Path));
    }

    [Fact]
    public void The_compiler_ships_the_files_of_the_repository() => Assert.Equal(ShippedFiles.Paths, ShippedModels.Paths);
}
