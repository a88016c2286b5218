using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>What changes in training without a gradient: twins, which follow their parts, and queues, which keep the latest rows.</summary>
public sealed class Followers
{
    private readonly ParameterStore _parameters;
    private readonly MasterWeights _masters;
    private readonly ImmutableArray<(string Twin, string Followed)> _twins;
    private readonly ImmutableArray<string> _queues;
    private readonly double? _momentum;

    public Followers(ModelProgram program, Stage stage, ParameterStore parameters, MasterWeights masters)
    {
        (_parameters, _masters, _momentum) = (parameters, masters, stage.Momentum);
        ImmutableArray<string> Of(string component) => [.. program.Graph.Parameters.Where(p => p.Component == component).Select(p => p.Path)];
        _twins = stage.Momentum is null ? [] : [.. program.Components.Where(c => c.TwinOf is not null).SelectMany(c => Of(c.Name).Zip(Of(c.TwinOf!)))];
        _queues = [.. stage.Pushes.Select(q => Of(q).Single())];
        Next = new long[_queues.Length];
    }

    /// <summary>The paths of everything that changes here.</summary>
    public IEnumerable<string> Paths => _twins.Select(t => t.Twin).Concat(_queues);

    /// <summary>For each queue the row that is replaced next.</summary>
    public long[] Next { get; private set; }

    /// <summary>Moves each twin a little towards its part: twin = momentum * twin + (1 - momentum) * part (He et al., 2020, equation 2). Comes before a step's loss.</summary>
    public void Follow()
    {
        if (_twins.IsEmpty)
            return;
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        using Scalar kept = _momentum!.Value, rest = 1 - _momentum.Value;
        foreach (var (twin, followed) in _twins)
        {
            var value = _masters.ToChange(twin);
            value.mul_(kept);
            // A followed parameter that nothing trains has no master: it is rounded already.
            value.add_(_masters[followed].to(value.dtype), alpha: rest);
        }
        _masters.Round(_twins.Select(t => t.Twin));
        _parameters.Touch();
    }

    /// <summary>Puts rows into the queues in place of the oldest; more rows than a queue has go round it.</summary>
    /// <param name="rows">For each queue [rows, width].</param>
    public void Push(IReadOnlyList<Tensor> rows)
    {
        if (_queues.IsEmpty)
            return;
        using var unrecorded = no_grad();
        for (var q = 0; q < _queues.Length; q++)
        {
            using var scope = NewDisposeScope();
            var queue = _parameters[_queues[q]];
            var length = queue.size(0);
            var latest = rows[q].size(0) > length ? rows[q].narrow(0, rows[q].size(0) - length, length) : rows[q];
            var first = Math.Min(latest.size(0), length - Next[q]);
            queue.narrow(0, Next[q], first).copy_(latest.narrow(0, 0, first));
            if (latest.size(0) > first)
                queue.narrow(0, 0, latest.size(0) - first).copy_(latest.narrow(0, first, latest.size(0) - first));
            Next[q] = (Next[q] + latest.size(0)) % length;
        }
        _parameters.Touch();
    }

    /// <summary>Goes on from saved places.</summary>
    public void Restore(long[] next) => Next = next.Length == Next.Length ? [.. next] : throw new ArgumentException($"{Next.Length} queues, {next.Length} places were saved", nameof(next));
}
