using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>An instance whose results a block changes: wherever it is called, the block runs on the call's first operand and on its result.</summary>
/// <param name="Target">The adapted instance; the block's parameters stand below its path.</param>
/// <param name="Span">The whole <c>adapt</c>.</param>
/// <param name="Selector">Its selector.</param>
internal sealed record AdaptedMember(Instance Target, BlockInstance Block, Span Span, Span Selector);
