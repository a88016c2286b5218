using System.Collections.Concurrent;
using System.Collections.Immutable;
using Mllm.Compiler.Types;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>How an executor works.</summary>
/// <param name="GuardShapes">Whether every result is compared with its inferred type.</param>
/// <param name="LinearKernels">Ways of computing linear layers beside those of this assembly.</param>
public sealed record ExecutorOptions(bool GuardShapes = false, ImmutableArray<ILinearKernel> LinearKernels = default);

/// <summary>Runs the entries of a model's graph. It alone decides when a tensor is disposed: right after its last use.</summary>
public sealed class Executor
{
    private readonly ConcurrentDictionary<(string Entry, bool Observed, bool Padded, string Shared), LinkedProgram> _programs = new();
    private readonly ImmutableArray<ILinearKernel> _linearKernels;
    private readonly bool _guarded;

    public Executor(CompiledModel model, ExecutorOptions? options = null)
    {
        Model = model;
        _guarded = options?.GuardShapes ?? false;
        _linearKernels = LinearKernels.Ordered(options?.LinearKernels ?? default);
    }

    public CompiledModel Model { get; }

    /// <summary>Runs an entry.</summary>
    /// <param name="entry">The entry's name, such as <c>prefill</c>.</param>
    /// <param name="inputs">The entry function's inputs in order, each with a leading axis of rows. Floating-point ones are cast to the model's element type.</param>
    /// <param name="context">What runs share; an empty one unless given.</param>
    /// <returns>The results, which the caller disposes. Each has the axis of rows unless it depends on parameters alone.</returns>
    /// <exception cref="ArgumentException">There is no such entry, or an input does not have its type.</exception>
    /// <exception cref="InvalidOperationException">A parameter holds no values yet, or the cache is full.</exception>
    public Tensor[] Run(string entry, ReadOnlySpan<Tensor> inputs, RunContext? context = null) => Run(entry, inputs, context, []);

    /// <summary>The same, where some inputs are the same for all rows.</summary>
    /// <param name="shared">The numbers of the floating-point inputs that have no axis of rows; not all may be.</param>
    public Tensor[] Run(string entry, ReadOnlySpan<Tensor> inputs, RunContext? context, ImmutableArray<int> shared)
    {
        context ??= new RunContext();
        if (context is { Gradients: true, Cache: not null })
            throw new ArgumentException("a run that records gradients cannot use a cache", nameof(context));
        var program = _programs.GetOrAdd((entry, context.Observer is not null, context.Masks is not null, string.Join(",", shared)), key => Link(key, shared));
        using var mode = context.Gradients ? enable_grad() : no_grad();
        var converted = new List<Tensor>();
        var registers = program.Prepare(withConstants: !context.Gradients, _guarded);
        var past = context.Cache?.Length ?? 0;
        ProgramRun? run = null;
        try
        {
            TakeInputs(program, inputs, registers, converted);
            run = new ProgramRun(program, registers, program.Sizes.Solve(Shapes(registers, inputs.Length, shared)), context);
            if (context.Gradients)
            {
                run.Execute(program.Constants, _guarded);
                run.ExecuteRecorded(_guarded);
            }
            else
                run.Execute(program.Instructions, _guarded);
            context.Cache?.Commit();
            context.Count(entry);
            var results = GiveResults(program, registers);
            context.ResultMasks = ImmutableDictionary<int, Tensor>.Empty;
            if (program.Masks.Length == 0)
                return results;
            var own = results.Length - program.Masks.Length;
            context.ResultMasks = program.Masks.Select((result, i) => KeyValuePair.Create(result, results[own + i])).ToDictionary();
            return results[..own];
        }
        catch
        {
            context.Cache?.Truncate(past);
            throw;
        }
        finally
        {
            run?.End();
            foreach (var tensor in converted)
                tensor.Dispose();
        }
    }

    /// <summary>Links an entry ahead of its first run, so that the first run is not slower and a wrong graph shows early.</summary>
    public void Link(string entry) => _programs.GetOrAdd((entry, false, false, ""), key => Link(key, []));

    private LinkedProgram Link((string Entry, bool Observed, bool Padded, string Shared) key, ImmutableArray<int> shared) =>
        Linker.Link(Model, Model.Graph.Entry(key.Entry)
            ?? throw new ArgumentException($"the graph has no entry '{key.Entry}'; it has {string.Join(", ", Model.Graph.Entries.Select(e => e.Name))}"), key.Observed, key.Padded, shared, _linearKernels);

    private void TakeInputs(LinkedProgram program, ReadOnlySpan<Tensor> inputs, Tensor?[] registers, List<Tensor> converted)
    {
        var expected = program.Entry.Inputs;
        if (inputs.Length != expected.Length)
            throw new ArgumentException($"entry '{program.Name}' takes {expected.Length} inputs ({string.Join(", ", expected.Select(i => i.Name))}), found {inputs.Length}");
        for (var i = 0; i < inputs.Length; i++)
        {
            var (input, dtype) = (inputs[i], expected[i].Type.Kind switch { ElementKind.Int => ScalarType.Int64, ElementKind.Bool => ScalarType.Bool, _ => Model.Dtype });
            var fits = expected[i].Type.Kind == ElementKind.Float ? input.is_floating_point() : input.dtype == dtype || (dtype == ScalarType.Int64 && input.is_integral() && input.dtype != ScalarType.Bool);
            if (!fits)
                throw new ArgumentException($"entry '{program.Name}': input `{expected[i].Name}` is {input.dtype}, expected {expected[i].Type}");
            if (input.dtype != dtype || input.device_type != Model.Device.type)
                converted.Add(input = input.to(dtype, Model.Device));
            registers[i] = input;
        }
    }

    /// <summary>The inputs' shapes as if all had rows.</summary>
    private static long[][] Shapes(Tensor?[] registers, int inputs, ImmutableArray<int> shared)
    {
        var shapes = new long[inputs][];
        for (var i = 0; i < inputs; i++)
            shapes[i] = registers[i]!.shape;
        foreach (var i in shared)
            shapes[i] = [registers[Enumerable.Range(0, inputs).First(r => !shared.Contains(r))]!.size(0), .. shapes[i]];
        return shapes;
    }

    private static Tensor[] GiveResults(LinkedProgram program, Tensor?[] registers)
    {
        var results = new Tensor[program.Results.Length];
        // Handles of their own first: taking a tensor out of its register ends the register.
        for (var i = 0; i < results.Length; i++)
            if (!program.OwnResults[i])
                results[i] = registers[program.Results[i]]!.alias();
        for (var i = 0; i < results.Length; i++)
            if (program.OwnResults[i])
                (results[i], registers[program.Results[i]]) = (registers[program.Results[i]]!, null);
        return results;
    }
}
