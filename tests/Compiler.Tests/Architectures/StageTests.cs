using Mllm.Compiler.Model;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>What stages become: optimizers, schedules, groups, prompts, and the results of their losses.</summary>
public class StageTests
{
    private const string Everything = "tests/cases/stages/everything.mllm";

    private static Stage Stage(string path, string name, string? variant = "tiny") => ShippedFiles.Program(path, variant).Stages.Single(s => s.Name == name);

    [Fact]
    public void All_that_a_stage_can_say_is_read()
    {
        var stage = Stage(Everything, "align", null);
        Assert.Equal(new StageOptimizer("adamw", 1e-3, 0.05, 0.9, 0.98, 1e-6), stage.Optimizer);
        Assert.Equal(new StageSchedule(ScheduleKind.Cosine, 0.03, 0.1), stage.Schedule);
        Assert.Equal((0.995, 1.0), (stage.Momentum, stage.Clip));
        Assert.Equal("words near", string.Join(' ', stage.Terms));
        Assert.Equal([(1e-5, 0.0), (2e-5, null), (1e-4, (double?)null)], stage.Groups.Select(g => (g.LearningRate!.Value, g.WeightDecay)));
        Assert.All(stage.Groups[0].Paths, p => Assert.StartsWith("vision.encoder.layers.0.", p));
        Assert.Equal(["projector", "vision"], stage.Groups[1].Paths.Select(p => p.Split('.')[0]).Distinct().Order());
        Assert.All(stage.Groups, g => Assert.Subset(stage.Trained.ToHashSet(), g.Paths.ToHashSet()));
        var prompt = stage.Prompt!;
        Assert.Equal(("<image>{text}", "What?", "{answer}\n", "{text}", "</s>"), (prompt.Template, prompt.Text, prompt.Answer, prompt.Turn, prompt.Stop.Single()));
    }

    [Fact]
    public void A_stage_that_says_nothing_has_no_optimizer_and_the_prompt_of_the_model()
    {
        var stage = Stage(Everything, "bare", null);
        Assert.Equal((null, null, null, null, null, null), (stage.Optimizer, stage.Schedule, stage.Momentum, stage.Clip, stage.Prompt, stage.Loss));
        Assert.Empty(stage.Groups);
    }

    /// <summary>The defaults of an optimizer and a schedule; settings over a variant's parameters.</summary>
    [Theory]
    [InlineData("tiny", 1e-3)]
    [InlineData("v1-7B", 2e-3)]
    public void Settings_are_evaluated_for_each_variant(string variant, double rate)
    {
        var stage = Stage("architectures/llava.mllm", "align", variant);
        Assert.Equal(new StageOptimizer("adamw", rate, 0, 0.9, 0.999, 1e-8), stage.Optimizer);
        Assert.Equal(new StageSchedule(ScheduleKind.Cosine, 0.03, 0), stage.Schedule);
        Assert.Equal(("<image>", "{answer}\n"), (stage.Prompt!.Template, stage.Prompt.Answer));
    }

    [Theory]
    [InlineData("architectures/llava.mllm", " {answer}</s>", "USER: {text} ASSISTANT:")]
    [InlineData("architectures/flamingo.mllm", "{answer}<|endofchunk|>", "{text}")]
    [InlineData("architectures/minigpt4.mllm", "{answer}###", "Human: {text} ###Assistant: ")]
    [InlineData("architectures/mplug_owl.mllm", "{answer}</s>", "\nHuman: {text}\nAI: ")]
    [InlineData("architectures/blip.mllm", " {answer}[SEP]", "{text}")]
    [InlineData("architectures/blip2.mllm", " {answer}\n", "{text}")]
    [InlineData("architectures/later/llama_vision.mllm", "{answer}<|end_of_text|>", "{text}")]  // says nothing: the first text that ends an answer
    public void The_prompt_says_how_answers_end_and_what_later_turns_look_like(string path, string answer, string turn)
    {
        var prompt = ShippedFiles.Program(path, "tiny").Prompt!;
        Assert.Equal((answer, turn), (prompt.Answer, prompt.Turn));
    }

    /// <summary>A loss gives itself, its terms, and what goes into queues.</summary>
    [Theory]
    [InlineData("architectures/blip.mllm", "tiny", "pretrain", "itc itm lm", "image_queue text_queue")]
    [InlineData("architectures/blip.mllm", "base-retrieve", "pretrain", "itc itm", "image_queue text_queue")]
    [InlineData("architectures/blip2.mllm", "tiny", "generative", "", "")]
    public void A_loss_has_the_results_that_its_stage_names(string path, string variant, string name, string terms, string queues)
    {
        var (program, stage) = (ShippedFiles.Program(path, variant), Stage(path, name, variant));
        Assert.Equal((terms, queues), (string.Join(' ', stage.Terms), string.Join(' ', stage.Pushes)));
        var results = program.Graph.Function(program.Graph.Entry(stage.Loss!)!.Function).Results;
        Assert.Equal(1 + stage.Terms.Length + stage.Pushes.Length, results.Length);
        Assert.All(results.Take(1 + stage.Terms.Length), r => Assert.Equal(0, r.Type.Rank));
        foreach (var (queue, rows) in stage.Pushes.Zip(results.Skip(1 + stage.Terms.Length)))
            Assert.Equal(program.Graph.Parameters.Single(p => p.Path == queue).Shape.Skip(1), rows.Type.Shape.Skip(1));
    }

    [Fact]
    public void Stages_with_one_objective_share_its_entry()
    {
        var stages = ShippedFiles.Program("architectures/llava.mllm", "tiny").Stages;
        Assert.Equal("loss.align", Assert.Single(stages.Select(s => s.Loss).Distinct()));
    }

    /// <summary>Decay for the gated blocks alone (Awadalla et al., 2023), or for all but the resampler (Alayrac et al., 2022).</summary>
    [Theory]
    [InlineData("tiny", 0.0)]
    [InlineData("tiny-paper", 0.1)]
    public void Parts_have_their_own_decay(string variant, double embedding)
    {
        var stage = Stage("architectures/flamingo.mllm", "pretrain", variant);
        Assert.Equal([0.0, embedding], stage.Groups.Select(g => g.WeightDecay));
        Assert.All(stage.Trained.Except(stage.Groups.SelectMany(g => g.Paths)), p => Assert.Contains("gated_cross_attention", p));
    }
}
