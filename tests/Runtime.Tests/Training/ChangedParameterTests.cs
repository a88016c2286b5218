using System.Text.RegularExpressions;
using Mllm.Compiler.Passes;
using Xunit;

namespace Mllm.Runtime.Tests.Training;

/// <summary>Training changes what the file says, and nothing else by a single bit.</summary>
public class ChangedParameterTests
{
    public static TheoryData<string> Systems =>
    [
        "architectures/blip.mllm|tiny", "architectures/blip2.mllm|tiny-representation", "architectures/blip2.mllm|tiny", "architectures/minigpt4.mllm|tiny",
        "architectures/llava.mllm|tiny", "architectures/flamingo.mllm|tiny", "architectures/mplug_owl.mllm|tiny",
    ];

    [Theory]
    [MemberData(nameof(Systems))]
    public void What_changes_is_what_the_plan_says(string setting)
    {
        using var run = new TinyRun(setting);
        var before = new Dictionary<string, string>();
        var seen = new List<string>();
        run.Process(started: (model, _) => before = TinyRun.Hashes(model), ended: (model, name) =>
        {
            seen.Add(name);
            var stage = model.Program.Stages.First(s => s.Name == name);
            var after = TinyRun.Hashes(model);
            // What MLLM7002 says of the stage is reached by no gradient.
            var unreached = run.Findings.Where(f => f.StartsWith($"the objective of the stage '{name}' does not reach ", StringComparison.Ordinal))
                .SelectMany(f => Regex.Matches(f, "`([^`]+)`").Select(m => m.Groups[1].Value + ".")).ToList();
            Assert.Equal(TrainingGraph.Changed(model.Program, stage).Where(p => !unreached.Any(u => p.StartsWith(u, StringComparison.Ordinal))).Order(StringComparer.Ordinal),
                after.Keys.Where(p => before[p] != after[p]).Order(StringComparer.Ordinal));
        });
        Assert.Equal(run.Program.Stages.Select(s => s.Name), seen);
    }

    [Fact]
    public void Adapters_are_all_that_instruction_tuning_changes()
    {
        const string Setting = "architectures/mplug_owl.mllm|tiny";
        using var bare = new TinyRun(Setting + "|lora_rank=0");
        using var run = new TinyRun(Setting, "instruct");
        var before = new Dictionary<string, string>();
        run.Process(started: (model, _) => before = TinyRun.Hashes(model), ended: (model, _) =>
        {
            var after = TinyRun.Hashes(model);
            var changed = after.Keys.Where(p => before[p] != after[p]).ToList();
            Assert.NotEmpty(changed);
            Assert.Empty(changed.Intersect(bare.Program.Graph.Parameters.Select(p => p.Path)));
        });
    }
}
