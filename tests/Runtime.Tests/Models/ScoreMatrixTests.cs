using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Models;

/// <summary>A matrix of scores has the scores of its pairs, and encodes each picture and each text once.</summary>
public class ScoreMatrixTests
{
    private static readonly Prompt[] Pictures = [Prompt.Of("7 *", 1), Prompt.Of("2 *", 2), Prompt.Of("5 *", 3)];
    private static readonly long[][] Texts = [[3, 9, 27], [4, 40], [3, 11, 27], [5, 6, 7, 8, 9]];

    /// <summary>Every task of a tiny model with a score, as <c>SETTING#TASK</c>.</summary>
    public static TheoryData<string> Tasks =>
        [.. from setting in Settings.All from task in Settings.Program(setting).Tasks where task.Entry is { } entry && Settings.Program(setting).Graph.Entry(entry) is not null select $"{setting}#{task.Name}"];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void It_has_the_scores_of_its_pairs(string name)
    {
        using var scope = NewDisposeScope();
        var (setting, task) = (name[..name.LastIndexOf('#')], name[(name.LastIndexOf('#') + 1)..]);
        using var model = new TinyModel(setting, ScalarType.Float64, prepare: ScoringGraph.Of);
        var entry = model.Program.Tasks.First(t => t.Name == task).Entry!;
        var pixels = model.Program.Encoders.ToDictionary(e => e.Name, e => model.BatchInputs(entry, new RunContext(), Pictures)[$"pixels.{e.Name}"]);
        var names = model.Program.TextsOf(entry);
        var candidates = Texts.Select(t => (IReadOnlyDictionary<string, long[]>)names.ToDictionary(n => n, _ => t)).ToList();
        var context = new RunContext();
        foreach (var together in new[] { 64, 2 })
        {
            var matrix = model.Model.Scores(entry, pixels, candidates, together == 64 ? context : null, together);
            Assert.Equal([Pictures.Length, Texts.Length], matrix.shape);
            for (var p = 0; p < Pictures.Length; p++)
                for (var t = 0; t < Texts.Length; t++)
                {
                    var texts = names.ToDictionary(n => n, _ => TextRows.Of([Texts[t]], CPU));
                    var single = model.Model.Output(entry, pixels.ToDictionary(e => e.Key, e => e.Value.narrow(0, p, 1)), null, texts).item<double>();
                    Assert.Equal(single, matrix[p, t].item<double>(), 1e-10);
                }
        }
        // One run for all pictures; one for each length of text, and where a pair takes no layer, for each text.
        Assert.Equal(1, context.Runs[$"{entry}.pictures"]);
        Assert.Equal(task == "retrieve" ? Texts.Length : 3, context.Runs[$"{entry}.pairs"]);
        Assert.Equal(task == "retrieve" ? 3 : 0, context.Runs.GetValueOrDefault($"{entry}.texts"));
        Assert.DoesNotContain(entry, context.Runs.Keys);
    }
}
