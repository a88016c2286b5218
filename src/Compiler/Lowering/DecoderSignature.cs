using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>The three functions of a language model, checked to fit together.</summary>
/// <param name="Embed">ids[n] to [n, d].</param>
/// <param name="Forward">[n, d] and ids[n] (the positions) to [n, d]; further operands are what media are injected as, and those of <see cref="Supplied"/>.</param>
/// <param name="Head">[n, d] to [n, vocab].</param>
/// <param name="Width">d.</param>
internal sealed record DecoderSignature(Function Embed, Function Forward, Function Head, Dim Width)
{
    public static readonly Dim Text = Dim.Symbol("text");

    /// <summary>How many operands every <c>forward</c> has: the hidden states and their positions.</summary>
    public const int OwnOperands = 2;

    /// <summary>
    /// Operands of <c>forward</c> that no injection gives: where visual tokens stand, mask[n]; which row of the flattened media stands at a position, or -1, ids[n]; the 1-based
    /// number of the latest image, ids[n].
    /// </summary>
    public const string Visual = "visual", Slots = "slots", ImageIndex = "image_index";

    /// <summary>The type of an operand that no injection gives; null for those that one must give.</summary>
    public static TensorType? Supplied(string operand) => operand switch
    {
        Visual => TensorType.Bool(Text),
        Slots or ImageIndex => TensorType.Int(Text),
        _ => null,
    };

    /// <summary>Lowers and checks the functions; null after an error, which has been reported.</summary>
    /// <param name="media">What is injected as further operands of <c>forward</c>, by their names.</param>
    public static DecoderSignature? Of(CompileContext context, Lowerer lowerer, string name, BlockInstance decoder, Span declared, IReadOnlyDictionary<string, TensorType> media)
    {
        string[] required = ["embed", "forward", "head"];
        var missing = required.Where(f => !decoder.Functions.ContainsKey(f)).ToList();
        if (missing.Count > 0)
            context.Report(WiringErrors.DecoderLacks(name, decoder.BlockName, missing, declared));
        var found = required.Except(missing).Select(f => lowerer.Function(decoder, f, declared)).ToList();
        if (missing.Count > 0 || found is not [{ } embed, { } forward, { } head])
            return null;
        var check = new Check(context, name, decoder, declared);
        if (check.Result("embed", embed, [TensorType.Int(Text)], null) is not { } hidden)
            return null;
        ImmutableArray<TensorType> operands = [hidden, TensorType.Int(Text), .. forward.Inputs.Skip(OwnOperands).Select(i => Supplied(i.Name) ?? media.GetValueOrDefault(i.Name)).OfType<TensorType>()];
        var good = check.Result("forward", forward, operands, hidden) is not null;
        return check.Result("head", head, [hidden], null) is not null && good ? new DecoderSignature(embed, forward, head, hidden.Shape[1]) : null;
    }

    private sealed record Check(CompileContext Context, string Name, BlockInstance Decoder, Span Declared)
    {
        /// <summary>What a function gives for operands of these types, where that is one sequence [text, width]; else null, reported.</summary>
        public TensorType? Result(string role, Function function, ImmutableArray<TensorType> given, TensorType? expected)
        {
            var syntax = Decoder.Functions[role];
            TensorType? Wrong(string problem, Span span)
            {
                Context.Report(WiringErrors.DecoderSignature(Name, role, problem, span, Declared));
                return null;
            }
            if (function.Inputs.Length != given.Length)
                return Wrong($"takes {Report.Count(function.Inputs.Length, "tensor")}; it is called with {string.Join(" and ", given)}", syntax.Name.Span);
            var unification = Unifier.Unify([.. function.Inputs.Select(i => i.Type)], given);
            if (unification.Failures is [{ Operand: var wrong }, ..])
                return Wrong($"takes {function.Inputs[wrong].Type} for '{function.Inputs[wrong].Name}'; it is called with {given[wrong]}", syntax.Parameters[wrong].Type.Span);
            var span = syntax.Results.IsEmpty ? syntax.Name.Span : syntax.Results[0].Span;
            if (function.Results is not [{ Type: var declared }])
                return Wrong($"gives {Report.Count(function.Results.Length, "tensor")}; it must give one", span);
            var result = declared.Substitute(unification.Sizes);
            if (expected is not null ? result.Equals(expected) : result is { Kind: ElementKind.Float, Rank: 2 } && result.Shape[0] == Text && result.Shape[1].Value is not null)
                return result;
            return Wrong($"gives {result} for {string.Join(" and ", given)}; it must give {expected?.ToString() ?? "[text, width]"}", span);
        }
    }
}
