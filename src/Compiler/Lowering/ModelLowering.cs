using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// Makes the functions that the runtime enters at: <c>encode</c> (pixels of one image to the tokens of each injection), <c>prefill</c> and <c>step</c> (tokens and media to hidden
/// states, with and without the spliced prefix), <c>head</c> (hidden states to logits), and one for each output.
/// </summary>
internal sealed class ModelLowering(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private readonly List<EntryPoint> _entries = [];
    private readonly List<Output> _outputs = [];

    public ImmutableArray<EntryPoint> Entries => [.. _entries];

    public ImmutableArray<Injection> Injections { get; private set; } = [];

    public ImmutableArray<Output> Outputs => [.. _outputs];

    public bool HasFrames { get; private set; }

    public void Run()
    {
        HasFrames = model.Injections.Select(i => i.Pipeline).Concat(model.Outputs.Select(o => o.Value)).Any(TakesFrames);
        var pipelines = Encode();
        foreach (var output in model.Outputs)
            Output(output);
        var isWired = pipelines.All(p => p.Pipeline is not null) && _outputs.Count == model.Outputs.Count;
        (var entries, Injections) = new DecoderLowering(context, lowerer, model).Run(pipelines);
        _entries.AddRange(entries);
        if (isWired && !context.IsBroken)
            ReportUnused();
    }

    /// <summary>A part that no pipeline passes through; what could not be built or read is not counted.</summary>
    private void ReportUnused()
    {
        foreach (var part in model.Parts.Where(p => !p.Used && (p.Role is Role.Bridge or Role.Member || p.Role == Role.Encoder && model.Injections.Count + model.Outputs.Count > 0)))
            context.Report(WiringErrors.UnusedPart(part.Describe, part.Declared));
    }

    /// <summary>Tries a pipeline on single frames and sees whether a stage wants one axis more. What is wrong with the pipeline itself is found again later.</summary>
    private bool TakesFrames(ExpressionSyntax pipeline)
    {
        var trial = new CompileContext(model.Syntax.Span.Source, new DiagnosticBag());
        var lowering = new PipelineLowering(trial, lowerer, model, new FunctionBuilder(trial, ""), frames: false);
        lowering.Lower(pipeline);
        return lowering.TakesFrames;
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
        lowerer.Add(function);
        _entries.Add(new EntryPoint(entry, function.Name));
    }
}
