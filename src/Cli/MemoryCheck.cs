using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Native;
using Mllm.Runtime.Training;
using static TorchSharp.torch;

namespace Mllm.Cli;

/// <summary>Refuses a model that does not fit this machine before anything is allocated, and says what would.</summary>
internal static class MemoryCheck
{
    /// <summary>What LibTorch and the process take beside the model's tensors.</summary>
    private const long Fixed = 512L << 20;

    /// <exception cref="Failure">The model does not fit.</exception>
    public static void Require(ModelProgram program, ScalarType dtype, Device device, RunSize size, ModelRequest request, Compilation compilation)
    {
        var available = Available(device);
        var width = Width(dtype);
        var need = Need(program, size, width);
        if (need <= available)
            return;
        var count = program.Graph.Parameters.Sum(p => p.Count.Value!.Value);
        var fitting = compilation.Variants.Where(v => v != program.Variant && compilation.Compile(new CompileRequest(v) { Task = request.Task }).Value is { } other && Need(other, size, width) <= available).ToList();
        var narrower = width > 2 && Need(program, size, 2) <= available ? "; in bf16 (--dtype bf16) it would" : "";
        throw new Failure($"'{program.Name}' ({program.Variant}) does not fit: {count.ToString("N0", CultureInfo.InvariantCulture)} parameters in {DtypeChoice.NameOf(dtype)} need {Gigabytes(need)}, {Gigabytes(available)} are free on {device}")
        {
            Help = (fitting.Count > 0 ? $"what fits: {string.Join(", ", fitting.Select(v => $"--variant {v}"))}" : "no variant of this file fits") + narrower + $"; `mllmc plan {request.Path}` shows all numbers",
            ExitCode = ExitCode.Findings,
        };
    }

    /// <summary>
    /// Refuses stages whose tensors do not fit: all parameters, and of what a stage trains the gradient, two moments and, where it computes in bfloat16, a float32 master. What a
    /// batch's activations take comes on top, and is not known before.
    /// </summary>
    /// <exception cref="Failure">They do not fit.</exception>
    public static void RequireTraining(ModelProgram program, ImmutableArray<StageOptions> stages, ScalarType dtype, Device device, ModelRequest request)
    {
        var (available, width) = (Available(device), Width(dtype));
        var master = Math.Max(width, 4);
        var counts = program.Graph.Parameters.ToDictionary(p => p.Path, p => p.Count.Value!.Value, StringComparer.Ordinal);
        foreach (var stage in stages)
        {
            var trained = program.Stages.First(s => s.Name == stage.Stage).Trained.Sum(p => counts[p]);
            var need = counts.Values.Sum() * width + trained * (width + 2 * master + (master > width ? master : 0)) + Fixed;
            if (need > available)
                throw new Failure(string.Create(CultureInfo.InvariantCulture, $"the stage '{stage.Stage}' of '{program.Name}' ({program.Variant}) does not fit: {counts.Values.Sum():N0} parameters, and gradients and moments of the {trained:N0} that it trains, need {Gigabytes(need)} in {DtypeChoice.NameOf(dtype)}, {Gigabytes(available)} are free on {device}"))
                {
                    Help = $"a smaller --variant, a stage that trains less, or --dtype bf16; `mllmc plan {request.Path} --stage {stage.Stage}` shows all numbers",
                    ExitCode = ExitCode.Findings,
                };
        }
    }

    /// <summary>Bytes of weights, cache and activations for a run of this size; the weights alone where more is not known.</summary>
    private static long Need(ModelProgram program, RunSize size, int width)
    {
        var plan = Plan.Of(program);
        var elements = size.Score is { } entry ? plan.EntryElements(entry, size.Point) : plan.RunElements(size.Point, size.NewTokens, size.Beams);
        return (elements ?? plan.Parameters.Count) * width + Fixed;
    }

    private static int Width(ScalarType dtype) => dtype switch { ScalarType.BFloat16 or ScalarType.Float16 => 2, ScalarType.Float64 => 8, _ => 4 };

    private static long Available(Device device) => device.type == TorchSharp.DeviceType.CUDA
        ? HostFacts.Measure().CudaDevices.FirstOrDefault(d => d.Index == Math.Max(device.index, 0))?.FreeMemory ?? long.MaxValue
        : MemoryFacts.Measure().Available;

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e9:0.0} GB");
}

/// <summary>How much a run works on.</summary>
/// <param name="Score">The entry that gives a score; null for a generation.</param>
/// <param name="Beams">Texts that are kept side by side.</param>
internal sealed record RunSize(PlanPoint Point, long NewTokens = 0, string? Score = null, int Beams = 1);
