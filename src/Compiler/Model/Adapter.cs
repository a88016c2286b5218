using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Model;

/// <summary>A member of the model whose results a block changes.</summary>
/// <param name="Target">The state path of the member; the block's parameters stand below it.</param>
/// <param name="Op">The member's primitive; null where the member is a block.</param>
/// <param name="Attributes">The primitive's settings.</param>
/// <param name="Block">The name of the block.</param>
/// <param name="Graph">
/// The block alone, in one entry <see cref="Entry"/> from the member's operand and result to the changed result; its parameters' paths are relative to <c>Target</c>.
/// Adapters with one setting share it.
/// </param>
/// <param name="Declared">The whole <c>adapt</c>.</param>
public sealed record Adapter(string Target, Op? Op, Attributes Attributes, string Block, Graph Graph, Span Declared)
{
    public const string Entry = "adapter";
}
