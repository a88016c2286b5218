using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>
/// One run of a segment that keeps its inputs alone, and runs again when its gradient is asked for (Chen et al., "Training Deep Nets with Sublinear Memory Cost", 2016).
/// Both times it records, the first time for nothing: what LibTorch computes may depend on whether a gradient is wanted, and the second run has to give the very same numbers.
/// </summary>
/// <param name="given">The gradients that the last call of the run gave back, shared by all of them.</param>
internal sealed class SegmentCall(LinkedProgram program, Segment segment, long[] sizes, RunContext context, List<Tensor> given)
{
    /// <summary>The parameters that want a gradient, in an order of their own.</summary>
    private readonly Tensor[] _parameters = [.. segment.Instructions.SelectMany(i => i.Parameters).Where(p => p.requires_grad).Distinct(ReferenceEqualityComparer.Instance).Cast<Tensor>()];

    private readonly int[] _floats = [.. segment.Outputs.Where(program.IsFloat)], _others = [.. segment.Outputs.Where(r => !program.IsFloat(r))];
    /// <summary>The context of the second run: the caller's may be changed by then.</summary>
    private readonly RunContext _again = new() { Gradients = true, Phase = context.Phase, KeyMask = context.KeyMask?.alias().DetachFromDisposeScope() };

    /// <summary>Whether anything would be recorded.</summary>
    public bool IsRecorded(ProgramRun run) => _parameters.Length > 0 || segment.Inputs.Any(r => run.Registers[r]!.requires_grad);

    /// <summary>Runs the segment within a run, whose registers have its outputs then.</summary>
    public void Run(ProgramRun run)
    {
        using var scope = NewDisposeScope();
        var others = new List<Tensor>();
        List<Tensor> outputs = RecomputedCall.apply([this, others, run, .. segment.Inputs.Select(r => run.Registers[r]!), .. _parameters]);
        foreach (var (register, output) in _floats.Zip(outputs).Concat(_others.Zip(others)))
            run.Registers[register] = output.MoveToOuterDisposeScope();
        foreach (var register in segment.Releases)
        {
            run.Registers[register]!.Dispose();
            run.Registers[register] = null;
        }
    }

    /// <summary>The outputs without a graph; those that are no floating-point numbers go into <paramref name="others"/>.</summary>
    public List<Tensor> Forward(IReadOnlyList<Tensor> tensors, List<Tensor> others, ProgramRun run)
    {
        using var scope = NewDisposeScope();
        var (_, inner) = Execute(tensors, context, run);
        others.AddRange(_others.Select(r => inner.Registers[r]!.alias().MoveToOuterDisposeScope()));
        return [.. _floats.Select(r => inner.Registers[r]!.detach().MoveToOuterDisposeScope())];
    }

    /// <summary>The gradients of the inputs and parameters, null where none is wanted.</summary>
    public List<Tensor?> Backward(IReadOnlyList<Tensor> tensors, IReadOnlyList<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        var (leaves, inner) = Execute(tensors, _again, null);
        var reached = Enumerable.Range(0, _floats.Length).Where(i => !gradients[i].IsInvalid && inner.Registers[_floats[i]]!.requires_grad).ToList();
        var wanted = leaves.Where(l => l.requires_grad).ToList();
        var found = reached.Count == 0 ? [] : autograd.grad([.. reached.Select(i => inner.Registers[_floats[i]]!)], wanted, [.. reached.Select(i => gradients[i])], allow_unused: true);
        inner.EndShared();
        var next = 0;
        List<Tensor?> all = [.. leaves.Select(l => l.requires_grad && found.Count > 0 && found[next++] is { IsInvalid: false } g ? g.DetachFromDisposeScope() : null)];
        // LibTorch takes handles of its own after this returns: these stay until the next call of the run is asked.
        given.ForEach(g => g.Dispose());
        given.Clear();
        given.AddRange(all.OfType<Tensor>());
        return all;
    }

    private (Tensor[] Leaves, ProgramRun Run) Execute(IReadOnlyList<Tensor> tensors, RunContext within, ProgramRun? outer)
    {
        using var recording = enable_grad();
        Tensor[] leaves = [.. tensors.Select(t => t.detach().requires_grad_(t.requires_grad))];
        var registers = new Tensor?[program.RegisterCount];
        for (var i = 0; i < segment.Inputs.Length; i++)
            registers[segment.Inputs[i]] = leaves[i].view(leaves[i].shape);
        var parameters = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
        for (var i = 0; i < _parameters.Length; i++)
            parameters.Add(_parameters[i], leaves[segment.Inputs.Length + i]);
        var inner = new ProgramRun(program, registers, sizes, within, outer, parameters);
        inner.Execute(segment.Instructions);
        return (leaves, inner);
    }
}

/// <summary>A segment's run as LibTorch's graph of gradients sees it: one node.</summary>
internal sealed class RecomputedCall : autograd.MultiTensorFunction<RecomputedCall>
{
    private const string Call = "call";

    private const int Objects = 3;

    public override string Name => nameof(RecomputedCall);

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var (call, others, run) = ((SegmentCall)vars[0], (List<Tensor>)vars[1], (ProgramRun)vars[2]);
        List<Tensor> tensors = [.. vars.Skip(Objects).Cast<Tensor>()];
        ctx.set_materialize_grads(false);
        ctx.save_for_backward(tensors);
        ctx.save_data(Call, call);
        return call.Forward(tensors, others, run);
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> grad_outputs)
    {
        using var scope = NewDisposeScope();
        var gradients = ((SegmentCall)ctx.get_data(Call)).Backward(ctx.get_saved_variables(), grad_outputs);
        foreach (var given in grad_outputs)
            given.Dispose();
        return [.. Enumerable.Repeat<Tensor>(null!, Objects), .. gradients.Select(g => g!)];
    }
}
