namespace Mllm.Runtime.Inputs;

/// <summary>Float32 values in row-major order with their shape: what image preprocessing hands to the model or to a file.</summary>
public sealed record PixelTensor
{
    /// <param name="data">The values, as many as the product of <paramref name="shape"/>.</param>
    /// <param name="shape">The sizes, outermost first: [3, size, size] for one picture.</param>
    public PixelTensor(float[] data, int[] shape)
    {
        long expected = shape.Aggregate(1L, (product, size) => product * size);
        if (data.Length != expected)
        {
            throw new ArgumentException($"{data.Length} values do not fill the shape [{string.Join(", ", shape)}]", nameof(data));
        }

        Data = data;
        Shape = shape;
    }

    public float[] Data { get; }

    public int[] Shape { get; }

    /// <summary>Pictures of one shape [c, h, w] as one tensor [n, c, h, w].</summary>
    public static PixelTensor Stack(IReadOnlyList<PixelTensor> pictures)
    {
        if (pictures.Count == 0 || pictures.Any(p => !p.Shape.SequenceEqual(pictures[0].Shape)))
        {
            throw new ArgumentException("only pictures of one shape can be stacked, and at least one", nameof(pictures));
        }

        return new([.. pictures.SelectMany(p => p.Data)], [pictures.Count, .. pictures[0].Shape]);
    }
}
