using Mllm.Compiler.Ir;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Prompting;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

public sealed partial class MultimodalModel
{
    /// <summary>Runs an entry over a batch: an objective, a stage's loss, or an output of the batch.</summary>
    /// <param name="inputs">Gives the input of a name, with the axis of samples first: <c>pixels</c>, <c>text.NAME</c>, <c>labels.NAME</c>, and those of the language model.</param>
    /// <param name="masks">Which elements are real of the inputs that come from texts of different lengths, mask [samples, ...] by name; null where all are.</param>
    public Tensor OverBatch(string entry, Func<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor>? masks, RunContext context)
    {
        var results = OverBatchAll(entry, inputs, masks, context);
        foreach (var other in results.Skip(1))
            other.Dispose();
        return results[0];
    }

    /// <summary>The same with all results of the entry.</summary>
    public Tensor[] OverBatchAll(string entry, Func<string, Tensor> inputs, IReadOnlyDictionary<string, Tensor>? masks, RunContext context)
    {
        var function = program.Graph.Function(program.Graph.Entry(entry)!.Function);
        context.Masks = masks?.ToDictionary(m => m.Key, m => m.Value.unsqueeze(0));
        var given = function.Inputs.Select(i => inputs(i.Name).unsqueeze(0)).ToArray();
        try
        {
            return Array.ConvertAll(Executor.Run(entry, given, context), result =>
            {
                using (result)
                    return result.squeeze(0);
            });
        }
        finally
        {
            foreach (var tensor in given.Concat(context.Masks?.Values ?? []))
                tensor.Dispose();
        }
    }

    /// <summary>The decoder's inputs for a batch by name, as entries over a batch take them; <paramref name="labels"/> has -100 where nothing is to be predicted.</summary>
    public Dictionary<string, Tensor> LanguageInputs(BatchLayout layout, MediaState? media, Tensor labels)
    {
        var inputs = new Dictionary<string, Tensor>(StringComparer.Ordinal)
        {
            ["ids"] = Rows(layout.Ids, layout), ["positions"] = Rows(layout.Positions, layout), ["image_index"] = Rows(layout.ImageIndex, layout), ["labels"] = labels,
        };
        for (var i = 0; i < layout.Slots.Length; i++)
            inputs[$"slots{i}"] = Rows(layout.Slots[i], layout);
        for (var i = 0; i < (media?.Media.Length ?? 0); i++)
            inputs[$"{EntryInputs.Media}{i}"] = media!.Media[i];
        if (media is not null)
            inputs[EntryInputs.ImageCount] = media.ImageCount;
        return inputs;
    }
}
