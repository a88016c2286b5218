using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Compiler.Std;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Native;
using Mllm.Runtime.Verification;

namespace Mllm.Cli;

/// <summary>Runs a model against the reference outputs of a folder.</summary>
internal static class VerifySession
{
    /// <summary>Null when the file has errors.</summary>
    public static Stage<VerifyReport?> Run(VerifyRequest request, CancellationToken cancellation)
    {
        var config = GoldenCase.Config(request.Golden);
        var (compilation, name) = request.Model is { } model ? (SourceFolder.Load(model.Path), model.Path) : Shipped(request, config);
        ImmutableArray<KeyValuePair<string, string>> settings = request.Model is { } m ? [.. m.Settings.Select(s => KeyValuePair.Create(s.Name, s.Value))] : [];
        var stage = compilation.Compile(new CompileRequest(request.Model?.Variant, settings, config));
        if (stage.Value is not { } program)
            return new(null, stage.Diagnostics);
        var device = DeviceSelection.Parse(request.Device);
        if (device.Problem is { } problem)
            throw new Failure(problem);
        cancellation.ThrowIfCancellationRequested();
        using var golden = GoldenCase.Open(request.Golden, request.From);
        var report = ModelLoader.Plan(program, golden.Weights);
        if (!report.IsExact)
            throw new Failure($"the weights do not fit {name}\n{report.ToText()}") { ExitCode = ExitCode.Findings };
        using var loaded = ModelLoader.Load(program, report, TorchSharp.torch.ScalarType.Float32, device.Value!, new ExecutorOptions(GuardShapes: true));
        var (compared, missing) = new GoldenVerifier(loaded, golden).Run();
        IEnumerable<VerifyRow> rows = compared.Select(c => new VerifyRow(c.Name, double.IsNaN(c.Difference) ? null : c.Difference, c.Tolerance, c.Passed, c.Problem ?? ""));
        var setting = $"{name}, settings from {(config is null ? "the variant" : "config.json")}, weights by the map \"{report.Map}\"";
        return new(new VerifyReport(setting, [.. rows, .. missing.Select(n => new VerifyRow(n, null, null, true, "not produced by this model"))]), stage.Diagnostics);
    }

    /// <summary>The shipped model that reads a folder's configuration: by its <c>model_type</c>, else one that reads such files and whose parameters are the weights'.</summary>
    private static (Compilation Compilation, string Name) Shipped(VerifyRequest request, JsonElement? config)
    {
        var type = config is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("model_type", out var given) && given.ValueKind == JsonValueKind.String ? given.GetString()! : "";
        foreach (var path in ShippedModels.Paths)
            if (ShippedModels.Load(path) is { } compilation && compilation.ConfigTypes.Contains(type) && (type.Length > 0 || IsOf(compilation, request, config)))
                return (compilation, path);
        throw type.Length > 0
            ? new Failure($"no shipped model reads the model_type \"{type}\"") { Help = "name a model that does: mllmc verify FILE --golden DIR" }
            : new Failure($"{request.Golden} has no config.json with a `model_type`") { Help = "name the model: mllmc verify FILE --golden DIR" };
    }

    private static bool IsOf(Compilation compilation, VerifyRequest request, JsonElement? config)
    {
        if (config is null || compilation.Compile(new CompileRequest(Config: config)).Value is not { } program)
            return false;
        using var golden = GoldenCase.Open(request.Golden, request.From);
        return ModelLoader.Plan(program, golden.Weights).IsExact;
    }
}
