using TorchSharp;

namespace Mllm.Runtime.Weights;

/// <summary>A tensor of the tensor library, to be written to a file.</summary>
public sealed class TorchTensorData : TensorData
{
    private const long ChunkBytes = 16 << 20;
    private readonly torch.Tensor tensor;

    /// <summary>Describes a tensor, on any device; it is read when it is written, and must live until then.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="tensor">The tensor, in row-major order or any other.</param>
    /// <exception cref="NotSupportedException">if the format has no name for its dtype</exception>
    public TorchTensorData(string name, torch.Tensor tensor)
        : base(name, TorchDtypes.InFile(tensor.dtype), [.. tensor.shape]) => this.tensor = tensor;

    /// <inheritdoc/>
    public override void WriteTo(Stream stream)
    {
        using var scope = torch.NewDisposeScope();
        var rows = tensor.detach().contiguous().view(-1);
        var chunk = ChunkBytes / Dtype.Size();
        for (var start = 0L; start < rows.NumberOfElements; start += chunk)
        {
            using var part = rows.narrow(0, start, Math.Min(chunk, rows.NumberOfElements - start));
            using var here = part.cpu();
            stream.Write(here.bytes);
        }
    }
}
