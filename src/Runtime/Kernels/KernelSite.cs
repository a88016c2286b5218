using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;

namespace Mllm.Runtime.Kernels;

/// <summary>One use of a primitive, as seen when its program is linked: all that is known before there are tensors.</summary>
public sealed class KernelSite
{
    private readonly Func<Dim, SizeRef> _refer;
    private readonly ImmutableArray<bool> _batched;
    private readonly ImmutableArray<string> _parameters;

    internal KernelSite(
        string function, Attributes attributes, ImmutableArray<TensorType?> operands, ImmutableArray<bool> batched, TensorType result,
        ImmutableArray<string> parameters, Func<Dim, SizeRef> refer)
    {
        (Function, Attributes, Operands, Result) = (function, attributes, operands, result);
        (_batched, _parameters, _refer) = (batched, parameters, refer);
    }

    /// <summary>Which of the primitive's functions is meant; mostly <c>forward</c>.</summary>
    public string Function { get; }

    /// <summary>The settings, with symbolic sizes in the entry's terms.</summary>
    public Attributes Attributes { get; }

    /// <summary>Per-sample operand types in the entry's sizes; null for an optional operand that is absent.</summary>
    public ImmutableArray<TensorType?> Operands { get; }

    /// <summary>The per-sample type of the result.</summary>
    public TensorType Result { get; }

    /// <summary>Whether the result has the leading axis of rows: whether any operand has.</summary>
    public bool IsBatched => _batched.Contains(true);

    /// <summary>Whether it is a self-attention that may use the cache.</summary>
    public bool IsCached { get; internal init; }

    /// <summary>The operand that says which keys are real, beyond those of the primitive; -1 where all are.</summary>
    public int RealKeys { get; internal init; } = -1;

    /// <summary>What <see cref="Real"/> gives by operand; those behind the end have no mask.</summary>
    internal ImmutableArray<int> Masks { get; init; } = [];

    /// <summary>Whether its keys are the entry's text positions, so that padding must be masked.</summary>
    public bool SeesText { get; internal init; }

    /// <summary>The linear kernels to choose from, best first.</summary>
    internal ImmutableArray<ILinearKernel> LinearKernels { get; init; } = [];

    public bool Has(int operand) => operand < Operands.Length && Operands[operand] is not null;

    /// <summary>The operand, beyond those of the primitive, that says which elements of another are real: a mask of its leading axes. -1 where all count.</summary>
    public int Real(int operand) => operand < Masks.Length ? Masks[operand] : -1;

    public TensorType this[int operand] => Operands[operand] ?? throw new InvalidOperationException($"operand {operand} is absent");

    /// <summary>Whether an operand has the leading axis of rows; the others are the same for all rows.</summary>
    public bool HasRows(int operand) => _batched[operand];

    /// <summary>The axis of a real tensor for an axis of the operand's type (negative ones count from the end).</summary>
    public long Axis(int operand, long axis) => axis < 0 || !HasRows(operand) ? axis : axis + 1;

    /// <summary>The place of a parameter by its relative name, or -1 where the op has none of that name.</summary>
    public int Parameter(string name) => _parameters.IndexOf(name);

    /// <summary>A size as each run will have it.</summary>
    public SizeRef Size(Dim size) => _refer(size);

    /// <summary>Several sizes.</summary>
    public SizeRef[] Sizes(IEnumerable<Dim> sizes) => [.. sizes.Select(_refer)];
}
