using System.Collections.Immutable;

namespace Mllm.Runtime.Weights;

/// <summary>A tensor to be written to a file: its description, and its bytes when they are wanted.</summary>
public abstract class TensorData
{
    /// <exception cref="ArgumentException">for an empty or reserved name</exception>
    /// <exception cref="OverflowException">if the shape's size in bytes does not fit 63 bits</exception>
    protected TensorData(string name, WeightDtype dtype, ImmutableArray<long> shape)
    {
        if (name is "" or "__metadata__") throw new ArgumentException($"`{name}` cannot be a tensor's name", nameof(name));
        if (shape.Any(size => size < 0)) throw new ArgumentException($"{TensorEntry.Print(shape)} is not a shape", nameof(shape));
        (Name, Dtype, Shape) = (name, dtype, shape);
        Length = StrictJson.Product(shape, dtype.Size()) ?? throw new OverflowException($"{TensorEntry.Print(shape)} is too large");
    }

    /// <summary>Its name in the file.</summary>
    public string Name { get; }

    /// <summary>Its element type in the file.</summary>
    public WeightDtype Dtype { get; }

    /// <summary>Its sizes, row-major.</summary>
    public ImmutableArray<long> Shape { get; }

    /// <summary>Its size in bytes.</summary>
    public long Length { get; }

    /// <summary>Writes exactly <see cref="Length"/> bytes, row-major and little-endian.</summary>
    public abstract void WriteTo(Stream stream);

    /// <summary>A tensor whose bytes are at hand.</summary>
    /// <exception cref="ArgumentException">if there are not as many bytes as the shape and the dtype say</exception>
    public static TensorData OfBytes(string name, WeightDtype dtype, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes) =>
        new Buffered(name, dtype, shape, bytes);

    private sealed class Buffered : TensorData
    {
        private readonly ReadOnlyMemory<byte> bytes;

        public Buffered(string name, WeightDtype dtype, ImmutableArray<long> shape, ReadOnlyMemory<byte> bytes)
            : base(name, dtype, shape)
        {
            if (bytes.Length != Length)
                throw new ArgumentException($"`{name}` has {bytes.Length} bytes, its shape needs {Length}", nameof(bytes));
            this.bytes = bytes;
        }

        public override void WriteTo(Stream stream) => stream.Write(bytes.Span);
    }
}
