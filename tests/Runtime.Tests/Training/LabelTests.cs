using System.Collections.Immutable;
using System.Text;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Tests.Inputs;
using Mllm.Runtime.Training;
using Xunit;

namespace Mllm.Runtime.Tests.Training;

/// <summary>What each stage is given of a record and what of it is to be predicted. <c>MLLM_UPDATE=1 dotnet test</c> rewrites the snapshots.</summary>
public class LabelTests
{
    public static TheoryData<string> Systems => ChangedParameterTests.Systems;

    [Theory]
    [MemberData(nameof(Systems))]
    public void The_answer_and_nothing_else_is_predicted(string setting)
    {
        using var run = new TinyRun(setting);
        var tokenizer = PromptBuilder.TokenizerFor(run.Program, null);
        var data = DataSets.Open([run.Pictures(0,
            """{"image":"penguin.png","caption":"penguin"}""",
            """{"image":"penguin.png","conversations":[{"from":"human","value":"<image>\nWhat is it?"},{"from":"gpt","value":"A penguin."},{"from":"human","value":"Its colour?"},{"from":"gpt","value":"Black and white."}]}""")]);
        var text = new StringBuilder();
        foreach (var stage in run.Program.Stages)
        {
            var prompt = stage.Prompt ?? run.Program.Prompt!;
            for (var record = 0; record < data.Count; record++)
            {
                var sample = new SampleReader(run.Program, stage, run.Prompts).Read(new LoadedSample(0, 0, record, data.Read(record), ImmutableSortedDictionary<string, ImmutableArray<float[]>>.Empty));
                text.Append($"stage {stage.Name}, record {record + 1}\n");
                foreach (var (name, ids) in sample.Texts)
                    text.Append($"  text {name,-10} {Shown(ids)}\n");
                if (sample.Row is not { } row)
                    continue;
                var parts = Parts(run.Program, row).ToList();
                foreach (var (kind, ids) in parts)
                    text.Append($"  {kind,-15} {(kind == "picture" ? $"{ids.Length} tokens" : Shown(ids))}\n");
                Assert.Equal(string.Concat(sample.Loaded.Sample.Turns.Select(t => prompt.Answer.Replace(PromptSettings.AnswerPlace, t.Answer))), string.Concat(parts.Where(p => p.Kind == "predicted").Select(p => tokenizer.Decode(p.Ids))));
            }
        }
        var path = Path.Combine(TestFiles.Root, "tests/__snapshots__/labels", setting.Replace("architectures/", "").Replace(".mllm|", "-") + ".txt");
        if (Environment.GetEnvironmentVariable("MLLM_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, text.ToString());
        }
        Assert.Equal(File.ReadAllText(path).ReplaceLineEndings("\n"), text.ToString());

        string Shown(IEnumerable<long> ids) => "\"" + tokenizer.Decode(ids).Replace("\n", "\\n") + "\"";
    }

    [Fact]
    public void A_template_that_leaves_nothing_to_predict_is_refused_before_the_first_step()
    {
        using var run = new TinyRun("architectures/llava.mllm|tiny", "align")
        {
            With = p => p with { Stages = [.. p.Stages.Select(s => s with { Prompt = (s.Prompt ?? p.Prompt)! with { Answer = "" } })] },
        };
        // Passing over broken records must not pass over all of them for this.
        var error = Assert.Throws<TrainingException>(() => run.Change(s => s with { SkipBroken = true }).Process());
        Assert.Contains("the template of 'align' leaves no token of the answer to be predicted", error.Message);
        Assert.Empty(run.Reports);
    }

    /// <summary>The positions of a row, those of one kind together.</summary>
    private static IEnumerable<(string Kind, long[] Ids)> Parts(ModelProgram program, RowLayout row)
    {
        var (kinds, start) = (Enumerable.Range(0, row.Length).Select(KindOf).ToList(), 0);
        for (var i = 1; i <= row.Length; i++)
        {
            if (i < row.Length && kinds[i] == kinds[start])
                continue;
            yield return (kinds[start], row.Ids[start..i]);
            start = i;
        }

        string KindOf(int at) => row.Slots.Any(s => s[at] >= 0) ? "picture" : row.Labels![at] == PromptLayout.Unlabelled ? "given" : row.Labels[at] == row.Ids[at] ? "predicted" : "wrong";
    }
}
