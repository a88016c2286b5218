using Mllm.Compiler.Types;

namespace Mllm.Runtime.Execution;

/// <summary>A value of a linked program.</summary>
/// <param name="Type">Its per-sample type in the entry's sizes.</param>
/// <param name="Rows">The size of its leading axis; null when it is the same for all rows and has no such axis.</param>
/// <param name="Constant">What it is when it depends on parameters alone; null otherwise.</param>
internal sealed record Register(TensorType Type, Dim? Rows, string? Constant)
{
    public bool IsBatched => Rows is not null;
}
