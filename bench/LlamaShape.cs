using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler;
using Mllm.Compiler.Model;
using Mllm.Compiler.Std;

namespace Mllm.Bench;

/// <summary>The sizes of a LLaMA decoder.</summary>
internal sealed record LlamaShape(int Dim, int Layers, int Heads, int KeyHeads, int Ffn, int Vocab)
{
    public const double Epsilon = 1e-5;

    /// <summary>A LLaMA of 1.1 billion parameters with grouped-query attention.</summary>
    public static readonly LlamaShape Billion = new(2048, 22, 32, 4, 5632, 32000);

    /// <summary>As many operations on next to no numbers: what remains is the cost of running operations.</summary>
    public static readonly LlamaShape Overhead = new(64, 22, 8, 2, 64, 64);

    public int HeadDim => Dim / Heads;

    /// <summary>The shipped LLaMA in these sizes.</summary>
    public ModelProgram Compile()
    {
        (string Name, double Value)[] sizes = [("dim", Dim), ("depth", Layers), ("heads", Heads), ("kv_heads", KeyHeads), ("ffn", Ffn), ("vocab", Vocab), ("eps", Epsilon)];
        ImmutableArray<KeyValuePair<string, string>> settings = [.. sizes.Select(s => KeyValuePair.Create(s.Name, s.Value.ToString(CultureInfo.InvariantCulture)))];
        return ShippedModels.Load("architectures/lm/llama.mllm")!.Compile(new CompileRequest("tiny", settings)).Value!;
    }
}
