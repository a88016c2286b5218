using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Model;

/// <summary>A member of the model whose results a block changes.</summary>
/// <param name="Target">The state path of the member; the block's parameters stand below it.</param>
/// <param name="Of">The name of the member's primitive or block.</param>
/// <param name="Graph">
/// The block alone, in one entry <see cref="Entry"/> from the member's operand and result to the changed result; its parameters' paths are relative to <c>Target</c>.
/// Adapters with one setting share it.
/// </param>
/// <param name="Declared">The whole <c>adapt</c>.</param>
public sealed record Adapter(string Target, string Of, string Block, Graph Graph, Span Declared)
{
    public const string Entry = "adapter";
}
