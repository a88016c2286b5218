using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>The decoder's next-token loss over a batch, as the term <c>language_modeling</c> of objectives.</summary>
/// <param name="encode">What gives the media of a picture; null without injections.</param>
/// <param name="prefill">What gives the hidden states of a sequence with its media; null without a decoder.</param>
/// <param name="head">What gives the logits.</param>
internal sealed class LanguageLoss(CompileContext context, Lowerer lowerer, Function? encode, Function? prefill, Function? head)
{
    private const string Smoothing = "smoothing";

    /// <summary>Emits the loss: the cross-entropy of each token given those before it, the mean over the labels that count.</summary>
    public BoundValue Loss(EntryValues values, IReadOnlyList<Operand> operands, Span span)
    {
        if (operands.FirstOrDefault(o => o.Name?.Text != Smoothing) is { } unknown)
        {
            context.Report(unknown.Name is { } name ? HyperparameterErrors.UnknownArgument(BatchTerms.LanguageModeling, name, [Smoothing], null)
                : HyperparameterErrors.TooManyArguments(BatchTerms.LanguageModeling, 0, unknown.Span, null));
            return ErrorValue.Instance;
        }
        if (prefill is null || head is null)
        {
            if (!context.HasErrors)
                context.Report(WiringErrors.NoDecoder($"`{BatchTerms.LanguageModeling}`", span));
            return ErrorValue.Instance;
        }
        var media = values.SharesPictures ? Media(values, span) : [];
        var inputs = prefill.Inputs.Select(i => media.TryGetValue(i.Name, out var known) ? known : values.Input(i.Name, OverBatch(i.Type))).ToImmutableArray();
        var labels = values.Input(BatchTerms.Labels, TensorType.Int(EntryValues.Batch, DecoderSignature.Text));
        var hidden = values.Builder.Call(prefill, inputs, "", span, Impossible, lift: 1)!.Value;
        var logits = values.Builder.Call(head, hidden, "", span, Impossible, lift: 1)!.Value[0];
        Operand Number(string name, Dim size) => Operand.Named(name, new ConstantValue(size), span);
        BoundValue Cut(Value value, Dim from, Dim to) => values.Evaluator.Invoke(new BuiltinValue("slice"),
            [new Operand(null, new TensorValue(value), span), Number("axis", 1), Number("from", from), Number("to", to)], span, span);
        var end = DecoderSignature.Text;
        return values.Evaluator.Invoke(new BuiltinValue("cross_entropy"),
            [new Operand(null, Cut(logits, 0, end - 1), span), new Operand(null, Cut(labels, 1, end), span), .. operands], span, span);
    }

    /// <summary>
    /// The media of one picture for each sample, by the names of the prefill's inputs: encoded here, call by call, so that what other terms compute of the picture is computed once.
    /// Empty where that would not be seen to be the same.
    /// </summary>
    private Dictionary<string, Value> Media(EntryValues values, Span span)
    {
        if (encode is null || prefill!.Inputs.Any(i => i.Name == EntryInputs.ImageCount) || !encode.Inputs.All(i => EntryInputs.IsPixels(i.Name))
            || !encode.Nodes.All(n => n is CallNode) || !encode.Results.All(r => r.Type.Rank == 2))
            return [];
        var known = encode.Inputs.ToDictionary(i => i.Id, i => values.Input(i.Name, OverBatch(i.Type)));
        foreach (var call in encode.Nodes.Cast<CallNode>())
        {
            var results = values.Builder.Call(lowerer.Named(call.Callee), [.. call.Operands.Select(o => known[o!.Id])], call.Path, span, Impossible, call.Lift + 1)!.Value;
            foreach (var (result, value) in call.Results.Zip(results))
                known[result.Id] = value;
        }
        Value OneImage(Value tokens) => ((TensorValue)values.Evaluator.Invoke(new BuiltinValue("rearrange"),
            [new Operand(null, new TensorValue(tokens), span), new Operand(null, new ConstantValue("b n d -> b 1 n d"), span)], span, span)).Value;
        return encode.Results.Select((r, i) => (Name: EntryInputs.Media + i.ToString(CultureInfo.InvariantCulture), Value: OneImage(known[r.Id]))).ToDictionary(m => m.Name, m => m.Value);
    }

    private static TensorType OverBatch(TensorType type) => type.WithShape([EntryValues.Batch, .. type.Shape]);

    private static Diagnostics.Diagnostic Impossible(int operand, string expected, string detail) =>
        throw new InvalidOperationException($"operand {operand} was checked to be {expected}: {detail}");
}
