using System.Text;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>
/// What is computed once, in <c>tests/__snapshots__/hoisting.txt</c>: for each stage of each model the parts through which a picture goes before anything that the stage trains,
/// and for each score those of the picture, of the texts and of the pair.
/// </summary>
public class HoistingSnapshot
{
    private const string Path = "tests/__snapshots__/hoisting.txt";

    [Fact]
    public void What_is_hoisted_is_what_is_on_file()
    {
        var text = new StringBuilder();
        foreach (var (path, variant) in ShippedFiles.Settings.Where(s => s.Variant?.StartsWith("tiny", StringComparison.Ordinal) == true))
        {
            var program = ShippedFiles.Program(path, variant);
            if (program.Encoders.IsEmpty || program.Stages.IsEmpty && program.Tasks.All(t => t.Entry is null))
                continue;
            var (training, scoring) = (TrainingGraph.Of(program), ScoringGraph.Of(program));
            text.Append($"{ShippedFiles.NameOf(path)} {variant}\n");
            foreach (var stage in program.Stages)
                text.Append($"  stage {stage.Name}\n    encode: {Parts(training, $"encode.early.{stage.Name}")}\n    loss:   {Parts(training, $"loss.early.{stage.Name}")}\n");
            foreach (var entry in program.Tasks.Select(t => t.Entry).OfType<string>())
                text.Append($"  {entry}\n    pictures: {Parts(scoring, $"{entry}.pictures")}\n    texts:    {Parts(scoring, $"{entry}.texts")}\n    pairs:    {Parts(scoring, $"{entry}.pairs")}\n");
        }
        var found = text.ToString();
        if (Repository.IsUpdating)
            Repository.Write(Path, found);
        Assert.Equal(Repository.Exists(Path) ? Repository.Read(Path) : "", found);
    }

    /// <summary>Of every setting, the real sizes included.</summary>
    [Fact]
    public void The_verifier_accepts_what_is_added() => Assert.All(ShippedFiles.Settings, s =>
        Assert.Empty(GraphVerifier.Verify(ScoringGraph.Of(TrainingGraph.Of(ShippedFiles.Program(s.Path, s.Variant))).Graph)));

    /// <summary>The nodes of an entry that are calls or have parameters, and the types of what it gives.</summary>
    private static string Parts(ModelProgram program, string entry)
    {
        if (program.Graph.Entry(entry) is not { } point)
            return "nothing";
        var function = program.Graph.Function(point.Function);
        var parts = function.Nodes.Select(n => n switch { CallNode c => $"{(c.Path.Length > 0 ? c.Path : "the model")}.{c.Callee}", OpNode { Path.Length: > 0 } o => $"{o.Path} ({o.Op.Name})", OpNode o => o.Op.Name, _ => "" });
        return $"{string.Join(", ", parts)} -> {string.Join(", ", function.Results.Select(r => r.Type))}";
    }
}
