using Mllm.Compiler.Ir;

namespace Mllm.Cli.Graphs;

/// <summary>The complete text form, for people: every operation with its type.</summary>
internal sealed class TextFormat : GraphFormat
{
    public override string Name => "text";

    public override string Write(Graph graph, ICompiler compiler) => compiler.Print(graph).TrimEnd('\n') + "\n";
}
