using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>One operation of one run: its operand and parameter tensors, sizes, and what the run shares.</summary>
public readonly struct KernelContext
{
    private readonly Instruction _instruction;
    private readonly ProgramRun _run;

    internal KernelContext(Instruction instruction, ProgramRun run) => (_instruction, _run) = (instruction, run);

    /// <summary>An operand that is there. It belongs to the executor.</summary>
    public Tensor this[int operand] => _run.Registers[_instruction.Operands[operand]]!;

    /// <summary>How many operands there are, absent optional ones included.</summary>
    public int Count => _instruction.Operands.Length;

    /// <summary>A number that two operands share exactly when they are the same value of the run.</summary>
    public int Identity(int operand) => operand < _instruction.Operands.Length ? _instruction.Operands[operand] : -1;

    /// <summary>A parameter by the place that <see cref="KernelSite.Parameter"/> gave; null for -1.</summary>
    public Tensor? Parameter(int place) => place < 0 ? null : _run.Parameter(_instruction, place);

    public long Size(SizeRef size) => size.In(_run.Sizes);

    public RunContext Context => _run.Context;

    /// <summary>The element type of floating-point values.</summary>
    public ScalarType Dtype => _run.Program.Model.Dtype;

    public Device Device => _run.Program.Model.Device;

    /// <summary>The place in the cache, or null when the run has none.</summary>
    internal KvSlot? Slot => _instruction.Attention is { } attention ? _run.Context.Cache?.Slot(attention) : null;

    /// <summary>What an operand was in the first run of those that share <paramref name="values"/>.</summary>
    internal Tensor Kept(DetachedValues values, int operand) => values.Of(_run.Program.Name, _instruction.Result, this[operand]);

    /// <summary>A tensor that several operations of a run need: made by the first, disposed when the run ends.</summary>
    /// <param name="key">What it is; equal keys mean equal tensors within one run.</param>
    internal Tensor Once(MemoKey key, Func<Tensor> make) => _run.Once(key, make);

    /// <summary>A tensor made from this operation's parameters alone: kept with the model, or made anew in each run that records gradients.</summary>
    /// <param name="kind">What it is, together with the parameters.</param>
    /// <returns>The tensor, and whether the caller must dispose it.</returns>
    internal (Tensor Value, bool IsOwned) Derived(string kind, Func<Tensor> make)
    {
        if (Context.Gradients)
            return (make(), true);
        if (_instruction.Derived is { } known)
            return (known, false);
        var key = $"{kind}({string.Join(",", _instruction.ParameterPaths)})";
        var pool = _run.Program.Model.Constants;
        return (_instruction.Derived = pool.Find(key) ?? pool.Keep(key, make()), false);
    }
}

/// <summary>What a tensor shared within one run is: a name, the values it comes from, and sizes.</summary>
internal readonly record struct MemoKey(string Name, int First = -1, int Second = -1, long M = 0, long N = 0, int Third = -1, long P = 0);
