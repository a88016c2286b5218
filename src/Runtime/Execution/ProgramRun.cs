using Mllm.Runtime.Kernels;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>One run of a linked program: its registers, its sizes, and what operations share.</summary>
/// <param name="outer">The run whose shared tensors it uses, where it is one of a segment.</param>
/// <param name="parameters">What stands for some parameters.</param>
internal sealed class ProgramRun(LinkedProgram program, Tensor?[] registers, long[] sizes, RunContext context, ProgramRun? outer = null, Dictionary<Tensor, Tensor>? parameters = null)
{
    private readonly List<Tensor> _given = [];
    private Dictionary<MemoKey, Tensor>? _shared;

    public LinkedProgram Program => program;

    public Tensor?[] Registers => registers;

    public long[] Sizes => sizes;

    public RunContext Context => context;

    /// <summary>Runs instructions in order, and disposes each value after its last use.</summary>
    public void Execute(ReadOnlySpan<Instruction> instructions, bool guarded = false)
    {
        foreach (var instruction in instructions)
        {
            if (instruction.Kernel is { } kernel)
            {
                var result = kernel(new KernelContext(instruction, this));
                registers[instruction.Result] = result;
                if (guarded)
                    ShapeGuard.Check(instruction, result, this);
            }
            else
            {
                for (var i = 0; i < instruction.Operands.Length; i++)
                {
                    var register = instruction.Operands[i];
                    context.Observer?.Invoke(new Observation(instruction.Path, instruction.Observed, i, registers[register]!, program.IsBatched(register), instruction.ObservesOperand));
                }
            }
            foreach (var register in instruction.Releases)
            {
                registers[register]!.Dispose();
                registers[register] = null;
            }
        }
    }

    /// <summary>Runs all instructions of a run with gradients. Layers are run again for their gradient where the context says so.</summary>
    public void ExecuteRecorded(bool guarded)
    {
        var next = 0;
        foreach (var segment in context.Observer is null ? program.Segments : [])
        {
            Execute(program.Instructions.AsSpan(next..segment.Start), guarded);
            var call = context.Recompute?.Contains(segment.Path) == true ? new SegmentCall(program, segment, sizes, context, _given) : null;
            ForgetRecorded();
            if (call?.IsRecorded(this) == true)
                call.Run(this);
            else
                ExecuteOnce(segment, guarded);
            ForgetRecorded();
            next = segment.End;
        }
        Execute(program.Instructions.AsSpan(next..), guarded);
    }

    public Tensor? Parameter(Instruction instruction, int place) =>
        parameters is not null && parameters.TryGetValue(instruction.Parameters[place], out var other) ? other : instruction.Parameters[place];

    public Tensor Once(MemoKey key, Func<Tensor> make)
    {
        if (outer is not null)
            return outer.Once(key, make);
        _shared ??= [];
        if (!_shared.TryGetValue(key, out var tensor))
            _shared.Add(key, tensor = make().DetachFromDisposeScope());
        return tensor;
    }

    /// <summary>No segment shares a tensor with a gradient: its gradient would pass the segment by.</summary>
    private void ForgetRecorded()
    {
        foreach (var (key, tensor) in _shared?.Where(s => s.Value.requires_grad).ToList() ?? [])
        {
            tensor.Dispose();
            _shared!.Remove(key);
        }
    }

    /// <summary>Disposes what operations shared.</summary>
    public void EndShared()
    {
        foreach (var tensor in _shared?.Values ?? Enumerable.Empty<Tensor>())
            tensor.Dispose();
        _shared = null;
    }

    /// <summary>Disposes what is left: nothing of the registers after a run that went well, but what operations shared.</summary>
    public void End()
    {
        for (var i = program.Entry.Inputs.Length; i < registers.Length; i++)
            if (registers[i] is { } left && !(program.IsKept(i) && !context.Gradients))
                left.Dispose();
        EndShared();
    }

    /// <summary>
    /// Runs a segment whose graph is kept. Its inputs come through nodes of their own, so that gradients of its several uses of an input are added up before they leave it, as they are
    /// where it is run again: sums in the same order have the same bits.
    /// </summary>
    private void ExecuteOnce(Segment segment, bool guarded)
    {
        var given = segment.Inputs.Where(r => registers[r]!.requires_grad).Select(r => (Register: r, Tensor: registers[r]!)).ToList();
        foreach (var (register, tensor) in given)
            registers[register] = tensor.view(tensor.shape);
        Execute(segment.Instructions, guarded);
        foreach (var (register, tensor) in given)
        {
            var isReleased = registers[register] is null;
            (isReleased ? tensor : registers[register]!).Dispose();
            registers[register] = isReleased ? null : tensor;
        }
    }
}
