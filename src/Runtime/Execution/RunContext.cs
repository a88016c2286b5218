using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>What runs share beyond their inputs: one context accompanies one generation (or one training step) from prompt to end.</summary>
public sealed class RunContext
{
    private readonly Dictionary<string, int> _runs = new(StringComparer.Ordinal);
    private Generator? _generator;

    /// <summary>Where cached self-attentions keep keys and values; without one they see only the positions of the run.</summary>
    public KvCache? Cache { get; init; }

    /// <summary>
    /// Which text positions are real, mask [rows, keys]; null when all are. Its keys are those of the run's text attentions: with a cache, all
    /// positions up to and including the new ones.
    /// </summary>
    public Tensor? KeyMask { get; set; }

    /// <summary>
    /// Which elements along a text's length are real, by the input of the next run that has them: mask over the rows and all axes up to the length. Null where no text is padded.
    /// </summary>
    public IReadOnlyDictionary<string, Tensor>? Masks { get; set; }

    /// <summary>What draws that have a name give, instead of drawing: ids of the drawn shape, with the axis of rows.</summary>
    public IReadOnlyDictionary<string, Tensor>? Drawn { get; init; }

    /// <summary>What <c>detach</c> gives again in every run; null computes it.</summary>
    public DetachedValues? Detached { get; init; }

    /// <summary>The masks of the last run's results, by their number; the caller disposes them.</summary>
    public IReadOnlyDictionary<int, Tensor> ResultMasks { get; internal set; } = ImmutableDictionary<int, Tensor>.Empty;

    /// <summary>What the next run is; kernels that differ by phase are chosen by it.</summary>
    public Phase Phase { get; set; }

    /// <summary>Where random draws start: contexts of one seed draw alike, run by run, on every device.</summary>
    public ulong Seed { get; init; }

    /// <summary>Whether runs record what gradients need. Nothing is then kept between runs that depends on parameters.</summary>
    public bool Gradients { get; init; }

    /// <summary>
    /// The paths of layers that keep their inputs alone, and run again when gradients are asked for (<see cref="Compiler.Passes.RecomputePlan"/>). Gradients are the same bit for bit with and
    /// without; a layer that draws is never run again. Without effect where nothing is recorded, or where an observer looks on.
    /// </summary>
    public IReadOnlySet<string>? Recompute { get; init; }

    /// <summary>Called with the first operand and the results of every call, and with the results of every operation that owns parameters.</summary>
    public Action<Observation>? Observer { get; init; }

    /// <summary>How often each entry ran.</summary>
    public IReadOnlyDictionary<string, int> Runs => _runs;

    /// <summary>The generator of this context's draws, on the CPU.</summary>
    internal Generator Generator => _generator ??= new Generator(Seed, CPU);

    internal void Count(string entry) => _runs[entry] = _runs.GetValueOrDefault(entry) + 1;
}
