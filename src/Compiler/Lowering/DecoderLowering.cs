using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Makes the entries of the language model and weaves the injections into it.</summary>
internal sealed class DecoderLowering(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private static readonly Dim Images = Injection.Images;

    /// <summary>The entries and the injections; none after an error, which has been reported.</summary>
    public (ImmutableArray<EntryPoint> Entries, ImmutableArray<Injection> Injections) Run(ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> pipelines)
    {
        var part = model.Parts.FirstOrDefault(p => p.Role == Role.Decoder);
        var signature = part?.Instance is BlockInstance instance && Operands(part, instance, pipelines) is { } media
            ? DecoderSignature.Of(context, lowerer, part.Name, instance, part.Declared, media) : null;
        if (part is not null)
            part.Used = true;
        var injections = ImmutableArray.CreateBuilder<Injection>();
        foreach (var (syntax, pipeline) in pipelines)
            if (Target(syntax.Target) is { } target && pipeline is not null && Inject(syntax, pipeline, target, signature?.Width, injections.Count) is { } injection)
                injections.Add(injection);
        if (signature is null || part?.Instance is not BlockInstance decoder || injections.Count != pipelines.Length)
            return ([], []);
        var before = context.Errors;
        var woven = new Weaver(context, lowerer, model.Woven, injections).Weave(signature.Forward, part);
        return context.Errors > before ? ([], [])
            : ([
                Entry("prefill", decoder, signature, woven, injections, prefill: true),
                Entry("step", decoder, signature, woven, injections, prefill: false),
                Head(decoder, signature),
            ], injections.ToImmutable());
    }

    private BoundPart? Target(SelectorSyntax target)
    {
        if (model.Find(context, target.Root) is not { } value)
            return null;
        var found = value is InstanceValue { Instance: var instance } ? model.PartOf(instance) : null;
        if (found is not null)
            found.Used = true;
        if (found is { Role: Role.Decoder, Instance: BlockInstance })
            return found;
        if (!value.IsError)
            context.Report(WiringErrors.NotADecoder(found is null ? value.Describe : found.Describe, target.Root.Span));
        return null;
    }

    /// <summary>What is injected as operands of the decoder's <c>forward</c>, by name; null after an error, which has been reported.</summary>
    private Dictionary<string, TensorType>? Operands(BoundPart part, BlockInstance decoder, ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> pipelines)
    {
        var media = new Dictionary<string, (TensorType Type, Name Name)>(StringComparer.Ordinal);
        var before = context.Errors;
        decoder.Functions.TryGetValue("forward", out var forward);
        ImmutableArray<ParameterSyntax> parameters = forward is null ? [] : [.. forward.Parameters.Skip(DecoderSignature.OwnOperands).Where(p => DecoderSignature.Supplied(p.Name.Text) is null)];
        ImmutableArray<string> free = [.. parameters.Select(p => p.Name.Text)];
        var taken = forward is null ? null : lowerer.Function(decoder, "forward", part.Declared);
        var good = true;
        foreach (var (syntax, pipeline) in pipelines)
        {
            if (syntax.Operand is not { } name)
                continue;
            if (forward is not null && !free.Contains(name.Text))
                context.Report(WiringErrors.UnknownOperand(name, part.Name, free.Except(media.Keys), forward.Name.Span));
            else if (media.TryGetValue(name.Text, out var first))
                context.Report(WiringErrors.OperandTwice(name, first.Name.Span));
            else if (pipeline is not { Value.Type: { Kind: ElementKind.Float, Rank: 2 or 3 } type })
                good = false;
            else if (taken?.Inputs.First(i => i.Name == name.Text).Type is { } expected && Unifier.Unify([expected], [WithImages(name.Text, type)]).Failures.Length > 0)
                context.Report(WiringErrors.OperandMismatch(name.Text, part.Name, expected.ToString(), type.ToString(), pipeline.Last,
                    parameters.First(p => p.Name.Text == name.Text).Type.Span).See(pipeline.LastMade, "made here"));
            else
                media.Add(name.Text, (WithImages(name.Text, type), name));
        }
        if (!good || context.Errors > before)
            return null;
        foreach (var parameter in parameters.Where(p => !media.ContainsKey(p.Name.Text)))
            context.Report(WiringErrors.OperandMissing(parameter.Name.Text, part.Name, part.Declared, parameter.Name.Span));
        return context.Errors > before ? null : media.ToDictionary(m => m.Key, m => m.Value.Type);
    }

    /// <summary>Whether there is one image only: the number of tokens depends on a text, or the operand takes a certain number.</summary>
    private bool IsSingle(string operand, TensorType tokens) => IsOfText(tokens)
        || model.Parts.FirstOrDefault(p => p.Role == Role.Decoder)?.Instance is BlockInstance decoder && decoder.Functions.ContainsKey("forward")
            && lowerer.Function(decoder, "forward", decoder.Declared)?.Inputs.FirstOrDefault(i => i.Name == operand) is { Type: { Rank: >= 2 } taken } && taken.Shape[^2].Value is not null;

    private bool IsOfText(TensorType tokens) => tokens.Shape[^2].Symbols.Any(s => model.Texts.Any(t => t.Label?.Value == s));

    /// <summary>The tokens of all images one after another.</summary>
    private TensorType WithImages(string operand, TensorType tokens) => IsSingle(operand, tokens) ? tokens : tokens.WithShape([.. tokens.Shape[..^2], Images * tokens.Shape[^2], tokens.Shape[^1]]);

    private Injection? Inject(InjectSyntax syntax, MediaPipeline pipeline, BoundPart decoder, Dim? width, int index)
    {
        if (pipeline.Value.Type is not { Rank: 2, Kind: ElementKind.Float } && !(syntax.Operand is not null && pipeline.Value.Type is { Rank: 3, Kind: ElementKind.Float }))
        {
            context.Report(WiringErrors.StageMismatch("into", "[tokens, width]", pipeline.Value.Type.ToString(), syntax.Target.Span, pipeline.Last));
            return null;
        }
        var form = syntax.Prefix ? InjectionForm.Prefix : syntax.Operand is not null ? InjectionForm.Operand : InjectionForm.Woven;
        var tokens = pipeline.Value.Type;
        var injection = new Injection(index, form, pipeline.Parts, tokens.Shape[^2], tokens.Shape[^1], syntax.Replacing?.Value, null, [], syntax.Span)
        {
            Operand = syntax.Operand?.Text,
            Lead = tokens.Rank == 3 ? tokens.Shape[0] : null,
            IsSingle = syntax.Operand is { } operand && IsSingle(operand.Text, tokens),
        };
        if (syntax.Operand is { } given && syntax.Target.Steps.Length > 0)
        {
            context.Report(WiringErrors.NotADecoder($"`{syntax.Target.Span.Text}`: '{given}' is an operand of the whole decoder", syntax.Target.Span));
            return null;
        }
        if (syntax.Operand is not null)
            return injection;
        if (IsOfText(tokens))
        {
            context.Report(WiringErrors.UnknownLength(tokens.ToString(), pipeline.Last));
            return null;
        }
        if (!syntax.Prefix)
            return new InjectionWeaving(context, lowerer, model).Prepare(syntax, injection, pipeline, decoder, width);
        if (syntax.Target.Steps.Length > 0)
            context.Report(WiringErrors.NotADecoder($"`{syntax.Target.Span.Text}`: a prefix stands before the text", syntax.Target.Span));
        else if (width is { } expected && tokens.Shape[1] != expected)
            context.Report(WiringErrors.PrefixWidth(tokens.Shape[1].ToString(), expected.ToString(), decoder.Name, pipeline.Last, decoder.Declared).See(pipeline.LastMade, "made here"));
        else
            return injection;
        return null;
    }

    private EntryPoint Entry(string name, BlockInstance decoder, DecoderSignature signature, WovenFunction forward, IReadOnlyList<Injection> injections, bool prefill)
    {
        var builder = new FunctionBuilder(context, "");
        var evaluator = new Evaluator(context, lowerer, builder);
        var span = model.Syntax.Name.Span;
        BoundValue Op(string op, params Operand[] operands) => evaluator.Invoke(new BuiltinValue(op), operands, span, span);
        Operand Tensor(Value v) => new(null, new TensorValue(v), span);
        Operand Named(string n, BoundValue v) => Operand.Named(n, v, span);
        Value Single(BoundValue v) => ((TensorValue)v).Value;

        var ids = builder.Input("ids", TensorType.Int(DecoderSignature.Text));
        var positions = builder.Input("positions", TensorType.Int(DecoderSignature.Text));
        var media = new Dictionary<int, Value>();
        Value Media(Injection i) => media.TryGetValue(i.Index, out var v) ? v : media[i.Index] = builder.Input($"media{i.Index}", i.MediaType);
        BoundValue Flattened(Injection i) => i.IsSingle ? new TensorValue(Media(i)) : Op("rearrange", Tensor(Media(i)), Named("pattern", new ConstantValue(i.Lead is null ? "i t d -> (i t) d" : "i l t d -> l (i t) d")));

        var path = builder.RelativePath(decoder.Path);
        var x = builder.Call(signature.Embed, [ids], path, decoder.Declared, Impossible)!.Value[0];
        var slots = new List<Value>();
        if (prefill)
            foreach (var i in injections.Where(i => i.Form == InjectionForm.Prefix))
            {
                var tokens = Media(i);
                slots.Add(builder.Input($"slots{i.Index}", TensorType.Int(DecoderSignature.Text)));
                x = Single(Op("splice", Tensor(x), Tensor(tokens), Tensor(slots[^1])));
            }
        Value? index = null, count = null;
        Value Index() => index ??= builder.Input("image_index", TensorType.Int(DecoderSignature.Text));
        Value Below(Value of, Dim value) => Single(Op("below", Tensor(of), Named("value", new ConstantValue(value))));
        // No id is negative: where nothing is spliced in, no position is visual and every slot is -1.
        Value Supplied(string name) => name switch
        {
            DecoderSignature.ImageIndex => Index(),
            DecoderSignature.Slots => slots.Count > 0 ? slots[0] : Single(Op("clamp", Tensor(ids), Named("max", new ConstantValue(-1)))),
            _ => slots.Count == 0 ? Below(ids, 0)
                : slots.Select(s => Single(Op("invert", Tensor(Below(s, 0))))).Aggregate((a, b) => Single(Op("either", Tensor(a), Tensor(b)))),
        };
        var operands = new List<Value> { x, positions };
        operands.AddRange(signature.Forward.Inputs.Skip(DecoderSignature.OwnOperands)
            .Select(o => DecoderSignature.Supplied(o.Name) is not null ? Supplied(o.Name) : Single(Flattened(injections.First(i => i.Operand == o.Name)))));
        foreach (var extra in forward.Extras)
        {
            var injection = injections[extra.Injection];
            if (!extra.IsMask)
            {
                operands.Add(Single(Flattened(injection)));
                continue;
            }
            var latest = Index();
            count ??= builder.Input(EntryInputs.ImageCount, TensorType.Int());
            operands.Add(Single(Op("media_mask", Tensor(latest), Tensor(count), Named("images", new ConstantValue(Images)),
                Named("tokens", new ConstantValue(injection.Tokens)), Named("rule", new ConstantValue(injection.Rule!)))));
        }
        var hidden = builder.Call(forward.Function, [.. operands], path, decoder.Declared, Impossible)!.Value[0];
        var function = builder.Build(lowerer.Unique(name), [hidden]);
        lowerer.Add(function);
        return new EntryPoint(name, function.Name);
    }

    private EntryPoint Head(BlockInstance decoder, DecoderSignature signature)
    {
        var builder = new FunctionBuilder(context, "");
        var hidden = builder.Input("hidden", TensorType.Float(DecoderSignature.Text, signature.Width));
        var logits = builder.Call(signature.Head, [hidden], builder.RelativePath(decoder.Path), decoder.Declared, Impossible)!.Value[0];
        var function = builder.Build(lowerer.Unique("head"), [logits]);
        lowerer.Add(function);
        return new EntryPoint("head", function.Name);
    }

    private static Diagnostic Impossible(int operand, string expected, string detail) =>
        throw new InvalidOperationException($"operand {operand} was checked to be {expected}: {detail}");
}
