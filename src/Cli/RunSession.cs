using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>Runs a model on pictures and a prompt.</summary>
internal static class RunSession
{
    private const int DefaultTokens = 48;
    private const string SamplePicture = "chelsea.png";

    /// <summary>Null when the file has errors.</summary>
    public static Stage<RunReport?> Run(RunRequest request, Func<ModelProgram, ImmutableArray<string>, ModelSummary> summarise, Action<RunSetup> started, Action<string> token, Progress progress,
        CancellationToken cancellation)
    {
        var compilation = SourceFolder.Load(request.Model.Path);
        var stage = compilation.Compile(new CompileRequest(request.Model.Variant, [.. request.Model.Settings.Select(s => KeyValuePair.Create(s.Name, s.Value))]));
        if (stage.Value is not { } program)
            return new(null, stage.Diagnostics);
        if (program.Decoder is null)
            throw new Failure($"'{program.Name}' has no decoder: it generates no text") { Help = "`mllmc plan` and `mllmc verify` work with it" };
        var (device, dtype) = Machine(request);
        var tokenizer = PromptBuilder.TokenizerFor(program, request.Weights.LastOrDefault(PromptBuilder.HasTokenizer));
        var prompts = new PromptBuilder(program, tokenizer);
        var takesPictures = !program.Injections.IsEmpty;
        ImmutableArray<RgbImage> pictures = takesPictures ? Pictures(request.Images) : request.Images.IsEmpty ? [] : throw new Failure($"'{program.Name}' takes no pictures");
        var text = prompts.Text(request.Prompt, pictures.Length);
        var row = PromptLayout.Of(program, prompts.Media, prompts.Ids(text), takesPictures ? pictures.Length : 0);

        var tokens = request.MaxTokens ?? DefaultTokens;
        MemoryCheck.Require(program, dtype, device, new PlanPoint(prompts.Ids(text).Length, pictures.Length), tokens, request.Model.Path, compilation);

        var clock = Stopwatch.StartNew();
        using var model = Load(program, request, dtype, device, progress, out var weights);
        var loadSeconds = clock.Elapsed.TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        var setup = new RunSetup(summarise(program, compilation.Variants), device.ToString(), DtypeChoice.NameOf(dtype), weights,
            [.. takesPictures ? [request.Images.IsEmpty ? $"picture {SamplePicture} (shipped)" : $"picture{(pictures.Length == 1 ? "" : "s")} {string.Join(", ", request.Images)}"] : Array.Empty<string>(), $"prompt {Quote(text)}"]);
        started(setup);

        var pixels = pictures.IsEmpty ? null : program.Encoders.ToDictionary(e => e.Name, e => Pixels(program, e.Name, pictures));
        var decoder = tokenizer.StartDecoding(after: prompts.Ids(text));
        var sampler = new Sampler(new SamplerOptions(request.Temperature, request.TopP, (ulong)request.Seed));
        var written = new System.Text.StringBuilder();
        void Write(string piece)
        {
            if (piece.Length == 0)
                return;
            written.Append(piece);
            token(piece);
        }
        try
        {
            var result = PromptedGeneration.Run(model, [row], pixels, sampler, new GenerationOptions(tokens, [.. prompts.Stop]), t => Write(t.IsStop ? "" : decoder.Next(t.Id)), cancellation);
            Write(decoder.Finish());
            var ids = result.Generation.Rows[0].Ids;
            return new(new RunReport(setup, written.ToString(), ids, result.Generation.Rows[0].Finish.ToString().ToLowerInvariant(), loadSeconds, result.Encode.TotalSeconds,
                row.Length, result.Generation.Prefill.TotalSeconds, result.Generation.Steps, result.Generation.Decode.TotalSeconds), stage.Diagnostics);
        }
        finally
        {
            foreach (var p in pixels?.Values ?? Enumerable.Empty<Tensor>())
                p.Dispose();
        }
    }

    private static (Device Device, ScalarType Dtype) Machine(RunRequest request)
    {
        TorchLibrary.Load();
        var device = DeviceSelection.Parse(request.Device);
        if (device.Problem is { } noDevice)
            throw new Failure(noDevice);
        var dtype = DtypeChoice.Parse(request.Dtype, device.Value!, HostFacts.Measure());
        return dtype.Problem is { } noDtype ? throw new Failure(noDtype) : (device.Value!, dtype.Value);
    }

    private static ImmutableArray<RgbImage> Pictures(ImmutableArray<string> paths)
    {
        if (!paths.IsEmpty)
            return [.. paths.Select(PictureReader.Decode)];
        using var stream = typeof(RunSession).Assembly.GetManifestResourceStream(SamplePicture) ?? throw new InvalidOperationException("the sample picture is not in the assembly");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return [PictureReader.Decode(copy.ToArray(), SamplePicture)];
    }

    private static Tensor Pixels(ModelProgram program, string encoder, ImmutableArray<RgbImage> pictures)
    {
        var pixels = PictureReader.Pixels(program, encoder, pictures);
        long[] shape = program.HasFrames ? [pixels.Shape[0], 1, .. pixels.Shape[1..]] : [.. pixels.Shape];
        return tensor(pixels.Data, shape);
    }

    private static MultimodalModel Load(ModelProgram program, RunRequest request, ScalarType dtype, Device device, Progress progress, out string weights)
    {
        if (request.Weights.IsEmpty)
        {
            weights = $"random numbers (seed {request.Seed}): the text means nothing until trained weights are given with --weights";
            return ModelLoader.Random(program, dtype, device, (ulong)request.Seed);
        }
        var opened = CheckpointSources.Open(request.Weights);
        if (!opened.Ok)
            throw new Failure(string.Join("\n", opened.Errors.Select(e => e.Render())));
        using var sources = opened.Value!;
        var report = ModelLoader.Plan(program, sources);
        if (!report.IsComplete)
            throw new Failure($"the weights do not fit '{program.Name}' ({program.Variant})\n{report.ToText()}") { ExitCode = ExitCode.Findings };
        progress.Next("reading weights");
        weights = $"{string.Join(", ", report.Parts.Select(p => $"{p.Source} ({p.Map})").DefaultIfEmpty($"{report.Source} ({report.Map})"))}{(report.IsExact ? "" : $", {report.Unexpected.Length} tensors of it are not used")}";
        return ModelLoader.Load(program, report, dtype, device, progress: (done, all) => progress.Report((double)done / all));
    }

    private static string Quote(string text) => $"\"{text.Replace("\n", "\\n")}\"";
}
