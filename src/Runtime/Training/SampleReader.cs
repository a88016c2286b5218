using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Training;

/// <summary>Turns records into what a stage's loss takes, by the stage's template and the model's texts.</summary>
public sealed class SampleReader
{
    private const string Question = "question";

    /// <summary>How many records are looked at before the first step; whatever comes later is met at its turn.</summary>
    private const int MostLookedAt = 64;

    private readonly ModelProgram _program;
    private readonly PromptBuilder _prompts;
    private readonly PromptSettings? _prompt;
    private readonly string _stage;
    private readonly bool _takesSequence;
    private readonly bool _needsOnePicture;
    private readonly HashSet<string> _texts;

    /// <param name="stage">A stage with a loss.</param>
    public SampleReader(ModelProgram program, Stage stage, PromptBuilder prompts)
    {
        (_program, _prompts, _prompt, _stage) = (program, prompts, stage.Prompt, stage.Name);
        var inputs = program.Graph.Function(program.Graph.Entry(stage.Loss!)!.Function).Inputs.Select(i => i.Name).ToList();
        _takesSequence = inputs.Contains("ids");
        _needsOnePicture = inputs.Any(i => EntryInputs.IsPixels(i)) || _takesSequence && program.Injections.Any(i => i.IsSingle);
        _texts = [.. inputs.Select(i => EntryInputs.After(EntryInputs.Text, i) ?? EntryInputs.After(EntryInputs.Labels, i)).OfType<string>(),
            .. _takesSequence ? program.TextsOf("encode") : []];
    }

    /// <summary>Looks, before anything is computed, at the first record that has something to answer: the template must leave a token of it to be predicted.</summary>
    /// <exception cref="TrainingException">It leaves none.</exception>
    public void RequireSupervision(IDataSet data)
    {
        for (var i = 0; _takesSequence && i < Math.Min(data.Count, MostLookedAt); i++)
        {
            try
            {
                var sample = data.Read(i);
                if (sample.Turns.All(t => t.Answer is null))
                    continue;
                if (LayOut(new LoadedSample(0, 0, i, sample, ImmutableSortedDictionary<string, ImmutableArray<float[]>>.Empty)).Supervised == 0)
                    throw new TrainingException($"{sample.Place}: the template of '{_stage}' leaves no token of the answer to be predicted, so nothing could be learned: its `answer` needs {PromptSettings.AnswerPlace}");
                return;
            }
            catch (Exception e) when (e is DataException or InputException)
            {
                // What is wrong with a record by itself is said when its turn comes.
            }
        }
    }

    /// <summary>Lays out a sample.</summary>
    /// <exception cref="DataException">The record lacks a text that the model takes, has nothing to predict, too many or too few pictures, or more positions than the model.</exception>
    public TrainingSample Read(LoadedSample loaded)
    {
        try
        {
            var read = LayOut(loaded);
            return !_takesSequence || read.Supervised > 0 ? read : throw new InputException("nothing of the sample is to be predicted: it has no answer, or the template's `answer` leaves no token of it");
        }
        catch (InputException e)
        {
            throw new DataException(loaded.Sample.Place, e.Message);
        }
    }

    private TrainingSample LayOut(LoadedSample loaded)
    {
        var sample = loaded.Sample;
        var count = sample.Turns.Sum(t => t.Pictures.Length);
        if (_needsOnePicture && count != 1)
            throw new InputException($"the stage '{_stage}' takes one picture with each text, found {count}");
        var texts = _program.Texts.Where(t => _texts.Contains(t.Name)).ToDictionary(t => t.Name, t => _prompts.TextIds(t, TextOf(sample, t.Name)));
        if (!_takesSequence)
            return new TrainingSample(loaded, null, texts);
        var (ids, supervised) = _prompts.Conversation(_prompt, [.. sample.Turns.Select(t => (t.Pictures.Length, t.User, t.Answer))]);
        var row = PromptLayout.Of(_program, _prompts.Media, ids, count, supervised);
        if (_program.Context is { } most && row.Length > most)
            throw new InputException($"the sample has {row.Length} positions, the model takes {most} at most");
        return new TrainingSample(loaded, row, texts);
    }

    /// <summary>What the record says for a text beside the prompt: its field of that name, for a question what the user says (null where nobody asks), else the answer.</summary>
    private static string? TextOf(Sample sample, string name) => sample.Fields.GetValueOrDefault(name)
        ?? (name == Question ? sample.Turns.Select(t => t.User).LastOrDefault(u => u is not null)
            : sample.Turns.Select(t => t.Answer).LastOrDefault(a => a is not null) ?? throw new InputException($"the record has no text for `{name}`"));
}
