using Mllm.Compiler.Types;
using Mllm.Runtime.Kernels;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>One step of a linked program: a bound kernel, or a value to show to an observer.</summary>
internal sealed class Instruction
{
    /// <summary>The primitive, for messages.</summary>
    public required string Op { get; init; }

    /// <summary>The full path of the instance whose parameters it uses, for messages.</summary>
    public required string Path { get; init; }

    /// <summary>Null for an observation.</summary>
    public BoundKernel? Kernel { get; init; }

    /// <summary>Registers by operand; -1 for an absent one.</summary>
    public required int[] Operands { get; init; }

    /// <summary>The register that it sets; -1 for an observation.</summary>
    public int Result { get; init; } = -1;

    /// <summary>The result's type in the entry's sizes, and the axis of rows where it has one.</summary>
    public TensorType? Type { get; init; }

    public SizeRef[]? Shape { get; init; }

    public string[] ParameterPaths { get; init; } = [];

    /// <summary>The cached attention's name.</summary>
    public string? Attention { get; init; }

    /// <summary>The function whose results are shown, for an observation.</summary>
    public string Observed { get; init; } = "";

    /// <summary>Whether what is observed enters the function rather than leaves it.</summary>
    public bool ObservesOperand { get; init; }

    /// <summary>What a constant is; null for everything that inputs decide.</summary>
    public string? Constant { get; init; }

    /// <summary>The outermost call of a repeated layer that it is part of, or null.</summary>
    public Site? Site { get; init; }

    /// <summary>Whether it draws.</summary>
    public bool IsRandom { get; init; }

    /// <summary>Registers that nothing needs after it.</summary>
    public int[] Releases { get; set; } = [];

    /// <summary>The parameters' tensors, of the version that the program was last refreshed to.</summary>
    public Tensor[] Parameters { get; set; } = [];

    /// <summary>A tensor derived from these parameters, once it is there.</summary>
    public Tensor? Derived { get; set; }
}
