using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>Makes the entries of the language model and weaves the injections into it.</summary>
internal sealed class DecoderLowering(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private static readonly Dim Text = Dim.Symbol("text");
    private static readonly Dim Images = Dim.Symbol("images");

    public IEnumerable<EntryPoint> Run(ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> pipelines, List<Injection> injections)
    {
        var part = model.Parts.FirstOrDefault(p => p.Role == Role.Decoder);
        foreach (var (syntax, pipeline) in pipelines)
            if (Target(syntax.Target) is { } target && pipeline is not null)
                Inject(syntax, pipeline, target, injections);
        if (part?.Instance is not BlockInstance decoder)
            return [];
        part.Used = true;
        var missing = new[] { "embed", "forward", "head" }.Where(f => !decoder.Functions.ContainsKey(f)).ToList();
        foreach (var function in missing)
            context.Report(WiringErrors.DecoderLacks(part.Name, decoder.BlockName, function, part.Declared));
        if (missing.Count > 0 || lowerer.Function(decoder, "embed", context) is not { } embed || lowerer.Function(decoder, "forward", context) is not { } forward || lowerer.Function(decoder, "head", context) is not { } head)
            return [];
        if (pipelines.Any(p => p.Pipeline is null) || injections.Count != pipelines.Length)
            return [];
        foreach (var prefix in injections.Where(i => i.Form == InjectionForm.Prefix))
            if (prefix.Width != embed.Results[0].Type.Shape[^1])
                context.Report(WiringErrors.PrefixWidth(prefix.Width.ToString(), embed.Results[0].Type.Shape[^1].ToString(), part.Name, pipelines[prefix.Index].Pipeline!.Last, part.Declared));
        if (context.Bag.HasErrors)
            return [];
        var weaver = new Weaver(lowerer, model.Woven, injections);
        var woven = weaver.Weave(forward, decoder.Path);
        return [Entry("prefill", decoder, embed, woven, injections, prefill: true), Entry("step", decoder, embed, woven, injections, prefill: false), Head(decoder, head)];
    }

    private BlockInstance? Target(SelectorSyntax target)
    {
        if (model.Root.Names.GetValueOrDefault(target.Root.Text) is not { } value)
            context.Report(NameErrors.UnknownName(target.Root.Text, target.Root.Span, model.Parts.Select(p => p.Name)));
        else if (value is InstanceValue { Instance: BlockInstance block } && model.PartOf(block) is { Role: Role.Decoder })
            return block;
        else if (value is not ErrorValue)
            context.Report(WiringErrors.NotADecoder(value.Describe, target.Root.Span));
        return null;
    }

    private void Inject(InjectSyntax syntax, MediaPipeline pipeline, BlockInstance decoder, List<Injection> injections)
    {
        if (pipeline.Value.Type is not { Rank: 2, Kind: ElementKind.Float } tokens)
        {
            context.Report(WiringErrors.StageMismatch("into", "[tokens, width]", pipeline.Value.Type.ToString(), syntax.Target.Span, pipeline.Last));
            return;
        }
        var form = syntax.Prefix ? InjectionForm.Prefix : InjectionForm.Woven;
        var injection = new Injection(injections.Count, form, pipeline.Parts, tokens.Shape[0], tokens.Shape[1], syntax.Replacing?.Value, null, [], syntax.Span);
        if (!syntax.Prefix)
        {
            if (new InjectionWeaving(context, lowerer, model, model.Woven).Prepare(syntax, injection, tokens, decoder) is not { } woven)
                return;
            injection = woven;
        }
        else if (syntax.Target.Steps.Length > 0)
            context.Report(WiringErrors.NotADecoder($"`{syntax.Target.Span.Text}`", syntax.Target.Span));
        injections.Add(injection);
    }

    private EntryPoint Entry(string name, BlockInstance decoder, Function embed, WovenFunction forward, List<Injection> injections, bool prefill)
    {
        var builder = new FunctionBuilder(context, "");
        var evaluator = new Evaluator(context, lowerer, builder);
        var span = model.Syntax.Name.Span;
        BoundValue Op(string op, params Operand[] operands) => evaluator.Invoke(new BuiltinValue(op), operands, span, span, model.Scope);
        Operand Tensor(Value v) => new(null, new TensorValue(v), span);
        Operand Named(string n, BoundValue v) => new(n, v, span);
        Value Single(BoundValue v) => ((TensorValue)v).Value;

        var ids = builder.Input("ids", TensorType.Int(Text));
        var positions = builder.Input("positions", TensorType.Int(Text));
        var media = new Dictionary<int, Value>();
        Value Media(Injection i) => media.TryGetValue(i.Index, out var v) ? v : media[i.Index] = builder.Input($"media{i.Index}", TensorType.Float(Images, i.Tokens, i.Width));

        var path = builder.RelativePath(decoder.Path);
        var x = builder.Call(embed, [ids], path, decoder.Declared, (_, _) => throw new InvalidOperationException("embed takes ids[n]"))!.Value[0];
        if (prefill)
            foreach (var i in injections.Where(i => i.Form == InjectionForm.Prefix))
                x = Single(Op("splice", Tensor(x), Tensor(Media(i)), Tensor(builder.Input($"slots{i.Index}", TensorType.Int(Text)))));
        var operands = new List<Value> { x, positions };
        Value? index = null, count = null;
        foreach (var extra in forward.Extras)
        {
            var injection = injections[extra.Injection];
            if (!extra.IsMask)
            {
                operands.Add(Single(Op("rearrange", Tensor(Media(injection)), Named("pattern", new ConstantValue("i t d -> (i t) d")))));
                continue;
            }
            index ??= builder.Input("image_index", TensorType.Int(Text));
            count ??= builder.Input("image_count", TensorType.Int());
            operands.Add(Single(Op("media_mask", Tensor(index), Tensor(count), Named("images", new ConstantValue(Images)), Named("tokens", new ConstantValue(injection.Tokens)), Named("rule", new ConstantValue(injection.Rule!)))));
        }
        var hidden = builder.Call(forward.Function, [.. operands], path, decoder.Declared, (_, _) => throw new InvalidOperationException("forward takes [n, d] and positions"))!.Value[0];
        var function = builder.Build(lowerer.Unique(name), [hidden]);
        lowerer.Functions.Add(function);
        return new EntryPoint(name, function.Name);
    }

    private EntryPoint Head(BlockInstance decoder, Function head)
    {
        var builder = new FunctionBuilder(context, "");
        var hidden = builder.Input("hidden", TensorType.Float(Text, head.Inputs[0].Type.Shape[^1]));
        var logits = builder.Call(head, [hidden], builder.RelativePath(decoder.Path), decoder.Declared, (_, _) => throw new InvalidOperationException("head takes [n, d]"))!.Value[0];
        var function = builder.Build(lowerer.Unique("head"), [logits]);
        lowerer.Functions.Add(function);
        return new EntryPoint("head", function.Name);
    }
}
