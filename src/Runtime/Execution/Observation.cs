using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>An intermediate value, seen while a program runs.</summary>
/// <param name="Path">The full path of the instance whose function or operation gave it; empty for the entry itself.</param>
/// <param name="Function">The function's (or operation's) name.</param>
/// <param name="Result">Which of the results, from 0.</param>
/// <param name="Value">The tensor, which belongs to the executor: copy what outlives the callback. Its leading axis is the rows unless it is the same for all.</param>
/// <param name="IsBatched">Whether it has that axis.</param>
/// <param name="IsOperand">Whether it is the first operand, on its way into the function, instead of a result.</param>
public readonly record struct Observation(string Path, string Function, int Result, Tensor Value, bool IsBatched, bool IsOperand = false);
