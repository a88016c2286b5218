namespace Mllm.Bench;

/// <summary>The sizes of a LLaMA decoder.</summary>
internal sealed record LlamaShape(int Dim, int Layers, int Heads, int KeyHeads, int Ffn, int Vocab)
{
    /// <summary>A LLaMA of 1.1 billion parameters with grouped-query attention.</summary>
    public static readonly LlamaShape Billion = new(2048, 22, 32, 4, 5632, 32000);

    /// <summary>As many operations on next to no numbers: what remains is the cost of running operations.</summary>
    public static readonly LlamaShape Overhead = new(64, 22, 8, 2, 64, 64);

    public int HeadDim => Dim / Heads;

    public long Parameters => 2L * Vocab * Dim + Dim + (long)Layers * (2L * Dim * Dim + 2L * Dim * KeyHeads * HeadDim + 3L * Dim * Ffn + 2 * Dim);
}
