using Mllm.Compiler;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Native;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>Writes a model's weights as another checkpoint.</summary>
internal static class ExportSession
{
    /// <summary>Null when the file has errors, or adapters that cannot be merged where that is asked for.</summary>
    public static Stage<ExportReport?> Run(ModelProgram program, ExportRequest request)
    {
        if (request.As is { } name && program.Checkpoints.All(c => c.Name != name))
            throw new Failure($"'{program.Name}' has no checkpoint \"{name}\"") { Help = program.Checkpoints.IsEmpty ? "it has none" : $"it has {string.Join(", ", program.Checkpoints.Select(c => $"\"{c.Name}\""))}" };
        if (request.Merge && Mergeability.Check(program) is { IsEmpty: false } problems)
            return new(null, problems);
        var opened = CheckpointSources.Open(request.From);
        if (!opened.Ok)
            throw new Failure(string.Join("\n", opened.Errors.Select(e => e.Render())));
        using var source = opened.Value!;
        var report = ModelLoader.Plan(program, source);
        if (!report.IsComplete)
            throw new Failure($"the weights do not fit '{program.Name}' ({program.Variant})\n{report.ToText()}") { ExitCode = ExitCode.Findings };
        TorchLibrary.Load();
        var (tensors, merged) = StateDictExport.Write(program, report, request.Out, new ExportOptions(request.As, request.Merge, Dtype(request.Dtype), request.ForInference));
        return new(new ExportReport(tensors, merged), []);
    }

    private static ScalarType? Dtype(string? name) => name switch
    {
        "bf16" => ScalarType.BFloat16,
        "f32" => ScalarType.Float32,
        "f64" => ScalarType.Float64,
        _ => null,
    };
}
