using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Training;

/// <summary>A sample as a stage's loss takes it.</summary>
/// <param name="Loaded">The record and its pixels.</param>
/// <param name="Row">Its conversation with labels; null where the loss has no language modelling.</param>
/// <param name="Texts">The tokens of the texts beside the prompt, by name.</param>
public sealed record TrainingSample(LoadedSample Loaded, RowLayout? Row, IReadOnlyDictionary<string, long[]> Texts)
{
    public int Pictures => Loaded.Sample.Turns.Sum(t => t.Pictures.Length);

    /// <summary>How many tokens are to be predicted.</summary>
    public long Supervised { get; } = Row?.Labels?.LongCount(l => l != PromptLayout.Unlabelled) ?? 0;

    /// <summary>Positions of the language model and of all texts.</summary>
    public long Tokens => (Row?.Length ?? 0) + Texts.Values.Sum(t => (long)t.Length);
}

/// <summary>Turns records into what a stage's loss takes, by the stage's template and the model's texts.</summary>
public sealed class SampleReader
{
    private const string Question = "question";

    private readonly ModelProgram _program;
    private readonly PromptBuilder _prompts;
    private readonly PromptSettings? _prompt;
    private readonly bool _takesSequence;
    private readonly HashSet<string> _texts;

    /// <param name="stage">A stage with a loss.</param>
    public SampleReader(ModelProgram program, Stage stage, PromptBuilder prompts)
    {
        (_program, _prompts, _prompt) = (program, prompts, stage.Prompt);
        var inputs = program.Graph.Function(program.Graph.Entry(stage.Loss!)!.Function).Inputs.Select(i => i.Name).ToList();
        _takesSequence = inputs.Contains("ids");
        _texts = [.. inputs.Select(i => EntryInputs.After(EntryInputs.Text, i) ?? EntryInputs.After(EntryInputs.Labels, i)).OfType<string>(),
            .. _takesSequence ? program.TextsOf("encode") : []];
    }

    /// <summary>Lays out a sample.</summary>
    /// <exception cref="DataException">The record lacks a text that the model takes, has nothing to predict, too many or too few pictures, or more positions than the model.</exception>
    public TrainingSample Read(LoadedSample loaded)
    {
        var sample = loaded.Sample;
        try
        {
            var texts = _program.Texts.Where(t => _texts.Contains(t.Name)).ToDictionary(t => t.Name, t => _prompts.TextIds(t, TextOf(sample, t.Name)));
            if (!_takesSequence)
                return new TrainingSample(loaded, null, texts);
            var (ids, supervised) = _prompts.Conversation(_prompt, [.. sample.Turns.Select(t => (t.Pictures.Length, t.User, t.Answer))]);
            var row = PromptLayout.Of(_program, _prompts.Media, ids, sample.Turns.Sum(t => t.Pictures.Length), supervised);
            if (_program.Context is { } most && row.Length > most)
                throw new InputException($"the sample has {row.Length} positions, the model takes {most} at most");
            var read = new TrainingSample(loaded, row, texts);
            return read.Supervised > 0 ? read : throw new InputException("nothing of the sample is to be predicted: it has no answer, or the template's `answer` leaves no token of it");
        }
        catch (InputException e)
        {
            throw new DataException(sample.Place, e.Message);
        }
    }

    /// <summary>What the record says for a text beside the prompt: its field of that name, for a question what the user says (null where nobody asks), else the answer.</summary>
    private static string? TextOf(Sample sample, string name) => sample.Fields.GetValueOrDefault(name)
        ?? (name == Question ? sample.Turns.Select(t => t.User).LastOrDefault(u => u is not null)
            : sample.Turns.Select(t => t.Answer).LastOrDefault(a => a is not null) ?? throw new InputException($"the record has no text for `{name}`"));
}
