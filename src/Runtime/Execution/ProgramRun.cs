using Mllm.Runtime.Kernels;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>One run of a linked program: its registers, its sizes, and what operations share.</summary>
internal sealed class ProgramRun(LinkedProgram program, Tensor?[] registers, long[] sizes, RunContext context)
{
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

    public Tensor Once(MemoKey key, Func<Tensor> make)
    {
        _shared ??= [];
        if (!_shared.TryGetValue(key, out var tensor))
            _shared.Add(key, tensor = make());
        return tensor;
    }

    /// <summary>Disposes what is left: nothing of the registers after a run that went well, but what operations shared.</summary>
    public void End()
    {
        for (var i = program.Entry.Inputs.Length; i < registers.Length; i++)
            if (registers[i] is { } left && !(program.IsKept(i) && !context.Gradients))
                left.Dispose();
        foreach (var tensor in _shared?.Values ?? Enumerable.Empty<Tensor>())
            tensor.Dispose();
    }
}
