using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler;
using Mllm.Compiler.Std;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Native;
using Mllm.Runtime.Verification;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>Runs a folder of references against a shipped model, every shape guarded.</summary>
internal static class Verification
{
    static Verification()
    {
        TorchLibrary.Load();
        // In tensors this small threads only wait for each other, and for the tests beside them.
        set_num_threads(1);
    }

    /// <summary>The shipped model that reads a folder's configuration: by its <c>model_type</c>, else by the first word of the folder's name; null where there is none.</summary>
    public static string? ModelFor(string folder)
    {
        if (GoldenCase.Config(folder) is not { ValueKind: JsonValueKind.Object } config)
            return null;
        var type = config.TryGetProperty("model_type", out var t) ? t.GetString()! : "";
        return ShippedModels.Paths.FirstOrDefault(p => ShippedModels.Load(p)!.ConfigTypes.Contains(type)
            && (type.Length > 0 || Path.GetFileNameWithoutExtension(p) == Path.GetFileName(folder).Split('_')[0]));
    }

    public static (ImmutableArray<Comparison> Compared, ImmutableArray<string> NotProduced) Run(string model, string folder, ScalarType dtype = ScalarType.Float32)
    {
        var stage = ShippedModels.Load(model)!.Compile(new CompileRequest(Config: GoldenCase.Config(folder)));
        Assert.True(stage.Diagnostics.IsEmpty, string.Join('\n', stage.Diagnostics.Select(d => $"{d.Code} {d.Message}")));
        using var golden = GoldenCase.Open(folder);
        var report = ModelLoader.Plan(stage.Value!, golden.Weights);
        Assert.True(report.IsExact, report.ToText());
        using var loaded = ModelLoader.Load(stage.Value!, report, dtype, CPU, new ExecutorOptions(GuardShapes: true));
        return new GoldenVerifier(loaded, golden).Run();
    }

    /// <summary>Everything that the reference has is produced, and within the tolerance times a factor.</summary>
    public static void Passes(string model, string folder, ScalarType dtype = ScalarType.Float32, double factor = 1)
    {
        var (compared, missing) = Run(model, folder, dtype);
        Assert.True(missing.IsEmpty, $"not produced: {string.Join(", ", missing)}");
        Assert.NotEmpty(compared);
        Assert.True(compared.All(c => c.Passed && c.Difference <= factor * c.Tolerance), string.Join('\n', compared.Select(c => $"{c.Name} {c.Shape} {c.Difference:G3} of {factor * c.Tolerance:G3} {c.Problem}")));
    }
}
