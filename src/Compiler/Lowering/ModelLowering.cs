using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// Makes the functions that the runtime enters at: <c>encode</c> (pixels of one image to the tokens of each injection), <c>prefill</c> and <c>step</c> (tokens and media to hidden
/// states, with and without the spliced prefix), <c>head</c> (hidden states to logits), and one for each output.
/// </summary>
internal sealed class ModelLowering(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private readonly List<EntryPoint> _entries = [];
    private readonly List<Injection> _injections = [];
    private readonly List<Output> _outputs = [];

    public ImmutableArray<EntryPoint> Entries => [.. _entries];

    public ImmutableArray<Injection> Injections => [.. _injections];

    public ImmutableArray<Output> Outputs => [.. _outputs];

    public bool HasFrames { get; private set; }

    public void Run()
    {
        HasFrames = model.Injections.Select(i => i.Pipeline).Concat(model.Outputs.Select(o => o.Value)).Any(TakesFrames);
        var pipelines = Encode();
        foreach (var output in model.Outputs)
            Output(output);
        var decoder = new DecoderLowering(context, lowerer, model);
        _entries.AddRange(decoder.Run(pipelines, _injections));
        if (context.Bag.HasErrors)
            return;
        foreach (var part in model.Parts.Where(p => p.Role is Role.Bridge or Role.Encoder && !p.Used && (model.Injections.Count > 0 || p.Role == Role.Bridge)))
            context.Report(WiringErrors.UnusedBridge(part.Role.ToString().ToLowerInvariant(), part.Name, part.Declared));
    }

    /// <summary>Tries a pipeline on single frames and sees whether a stage wants one axis more.</summary>
    private bool TakesFrames(ExpressionSyntax pipeline)
    {
        var trial = new CompileContext(new DiagnosticBag());
        return new PipelineLowering(trial, new Lowerer(), model, new FunctionBuilder(trial, ""), frames: false).Lower(pipeline) is { TakesFrames: true };
    }

    private ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> Encode()
    {
        if (model.Injections.Count == 0)
            return [];
        var builder = new FunctionBuilder(context, "");
        var lowering = new PipelineLowering(context, lowerer, model, builder, HasFrames);
        ImmutableArray<(InjectSyntax Syntax, MediaPipeline? Pipeline)> pipelines = [.. model.Injections.Select(i => (i, lowering.Lower(i.Pipeline)))];
        if (pipelines.All(p => p.Pipeline is not null))
            Enter("encode", builder.Build(lowerer.Unique("encode"), [.. pipelines.Select(p => p.Pipeline!.Value)]));
        return pipelines;
    }

    private void Output(OutputSyntax output)
    {
        var builder = new FunctionBuilder(context, "");
        if (new PipelineLowering(context, lowerer, model, builder, HasFrames).Lower(output.Value) is not { } pipeline)
            return;
        var name = $"output.{output.Name.Value}";
        Enter(name, builder.Build(lowerer.Unique(name), [pipeline.Value]));
        _outputs.Add(new Output(output.Name.Value, name));
    }

    private void Enter(string entry, Function function)
    {
        lowerer.Functions.Add(function);
        _entries.Add(new EntryPoint(entry, function.Name));
    }
}
