using System.Collections.Immutable;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>Proves that a pickle's tensor lies in its storage, and that in the file, and says where.</summary>
internal static class StoredTensor
{
    /// <summary>The tensor as an entry of the file.</summary>
    /// <exception cref="RefusedException">MLLM6056, MLLM6057 or MLLM6060.</exception>
    public static TensorEntry Prove(string name, PickleTensor tensor, ITorchContainer container, FileBytes file)
    {
        if (tensor.Type.Dtype is not { } dtype) throw new RefusedException(PickleErrors.OtherDtype(file.Path, name, tensor.Type.Name));
        var (shape, strides, storage) = (tensor.Shape, tensor.Strides, tensor.Storage);
        if (shape.Any(s => s < 0)) throw Bad($"the shape {TensorEntry.Print(shape)} has a negative size");
        if (strides.Any(s => s < 0)) throw Bad($"the strides {TensorEntry.Print(strides)} are negative");
        if (tensor.Offset < 0) throw Bad($"it begins {-(Int128)tensor.Offset} elements in front of its storage");
        // A tensor that repeats elements may be longer than its storage, but not so long that reading it fills the memory.
        if (StrictJson.Product(shape, dtype.Size()) is not { } length || length > file.Length)
            throw Bad($"the shape {TensorEntry.Print(shape)} has more elements than the file has bytes for");
        var (start, bytes) = container.Locate(storage);
        var size = storage.Type.Size;
        if ((Int128)storage.Count * size > bytes)
        {
            var what = $"has {SafetensorsErrors.Bytes(bytes)}, fewer than its {SafetensorsErrors.Number(storage.Count)} elements need";
            throw new RefusedException(PickleErrors.BadStorage(file.Path, storage.Key, what));
        }
        var (from, count) = storage.Part ?? (0, storage.Count);
        if ((Int128)from + count > storage.Count) throw Bad($"its storage is a part that reaches beyond the whole, {SafetensorsErrors.Number(storage.Count)} elements");
        var last = (Int128)tensor.Offset;
        for (var axis = 0; axis < shape.Length; axis++) last += (Int128)Math.Max(shape[axis] - 1, 0) * strides[axis];
        if (length > 0 && (last + 1) * dtype.Size() > (Int128)count * size)
            throw Bad($"its last element is number {last} of a storage of {SafetensorsErrors.Bytes(count * size)}");
        var offset = length > 0 ? start + from * size + tensor.Offset * dtype.Size() : start;
        return new TensorEntry(name, dtype, shape, offset, length) { Strides = StandsRowByRow(shape, strides) ? [] : strides };

        RefusedException Bad(string reason) => new(PickleErrors.BadTensor(file.Path, name, reason));
    }

    // The stride of an axis of one element means nothing.
    private static bool StandsRowByRow(ImmutableArray<long> shape, ImmutableArray<long> strides)
    {
        if (shape.Contains(0)) return true;
        var step = 1L;
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            if (shape[axis] > 1 && strides[axis] != step) return false;
            step *= shape[axis];
        }
        return true;
    }
}
