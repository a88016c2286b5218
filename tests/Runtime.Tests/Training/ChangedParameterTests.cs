using Mllm.Compiler.Passes;
using Mllm.Runtime.Tests.Models;
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
            // Shipped models have no finding, so the objective reaches all that is trained (MLLM7002 would say what it does not).
            Assert.Equal(TrainingGraph.Changed(model.Program, stage).Order(StringComparer.Ordinal), after.Keys.Where(p => before[p] != after[p]).Order(StringComparer.Ordinal));
        });
        Assert.Equal(run.Program.Stages.Select(s => s.Name), seen);
    }

    [Fact]
    public void Adapters_are_all_that_instruction_tuning_changes()
    {
        const string Setting = "architectures/mplug_owl.mllm|tiny";
        using var run = new TinyRun(Setting, "instruct");
        var before = new Dictionary<string, string>();
        run.Process(started: (model, _) => before = TinyRun.Hashes(model), ended: (model, _) =>
        {
            var after = TinyRun.Hashes(model);
            var changed = after.Keys.Where(p => before[p] != after[p]).ToList();
            Assert.NotEmpty(changed);
            Assert.Empty(changed.Intersect(Settings.Program(Setting + "|lora_rank=0").Graph.Parameters.Select(p => p.Path)));
        });
    }
}
