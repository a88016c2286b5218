using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>A graph at the granularity of a picture: one panel for each entry, with boxes for ops, blocks and repeated layers.</summary>
internal sealed record Diagram(string Title, ImmutableArray<DiagramPanel> Panels);

/// <summary>One entry function.</summary>
internal sealed record DiagramPanel(string Title, ImmutableArray<DiagramBox> Boxes, ImmutableArray<DiagramEdge> Edges, ImmutableArray<DiagramGroup> Groups);

/// <summary>What a box stands for.</summary>
internal enum BoxKind { Input, Output, Op, Block }

/// <param name="Id">Its place in the panel's list.</param>
/// <param name="Detail">The path of its parameters, or the type of an input or output; may be empty.</param>
/// <param name="Component">The component that owns its parameters or the block around it; null for the glue between components.</param>
/// <param name="Groups">The repeated groups around it, outermost first.</param>
internal sealed record DiagramBox(int Id, BoxKind Kind, string Title, string Detail, string? Component, BindingTime Time, ImmutableArray<int> Groups);

/// <summary>A value that one box makes and another takes.</summary>
internal sealed record DiagramEdge(int From, int To, TensorType Type, BindingTime Time);

/// <summary>Boxes that are repeated together.</summary>
internal sealed record DiagramGroup(int Id, int Count);
