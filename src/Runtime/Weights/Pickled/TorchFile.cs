using System.Collections.Immutable;
using System.IO.MemoryMappedFiles;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// A file that <c>torch.save</c> wrote (<c>.bin</c>, <c>.pt</c>, <c>.pth</c>), in the zip format or the older one. Opening it reads its
/// pickles as plain data and runs nothing; the tensors stay where they are until they are asked for.
/// </summary>
public sealed class TorchFile : WeightsFile
{
    private readonly bool isBigEndian;
    private readonly HashSet<TensorEntry> overlapping;
    private MemoryMappedFile? mapping;

    private TorchFile(FileBytes file, ImmutableArray<TensorEntry> entries, StateDict state, bool isBigEndian)
        : base(file, entries)
    {
        (this.isBigEndian, Aside) = (isBigEndian, state.Aside);
        overlapping = Overlapping(entries);
    }

    /// <inheritdoc/>
    public override ImmutableArray<string> Aside { get; }

    /// <summary>Opens a file and reads its description of the tensors. Errors: MLLM6001, MLLM6050 to MLLM6060.</summary>
    public static new WeightsResult<TorchFile> Open(string path) => FileBytes.Open<TorchFile>(path, file =>
    {
        try
        {
            ITorchContainer container = IsZip(file) ? TorchArchive.Read(file) : LegacyTorch.Read(file);
            var state = StateDict.Find(container.Object, path);
            var entries = state.Tensors.Select(t => StoredTensor.Prove(t.Name, t.Tensor, container, file)).ToImmutableArray();
            return new TorchFile(file, entries, state, container.IsBigEndian);
        }
        catch (RefusedException e)
        {
            return e.Error;
        }
    });

    /// <inheritdoc/>
    public override void Dispose()
    {
        mapping?.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    internal override bool HoldsAsRead(TensorEntry entry) => entry.Strides.IsEmpty && (!isBigEndian || entry.Dtype.Size() == 1);

    /// <inheritdoc/>
    internal override bool SharesBytes(TensorEntry entry) => overlapping.Contains(entry);

    /// <inheritdoc/>
    private protected override void ReadOther(FileBytes file, TensorEntry entry, long start, Span<byte> into)
    {
        var (size, unit) = (entry.Dtype.Size(), entry.Dtype == WeightDtype.C64 ? 4 : entry.Dtype.Size());
        if (entry.Strides.IsEmpty)
        {
            file.Read(entry.Offset + start, into);
        }
        else
        {
            // Pieces begin at elements for every reader in this project; another one would have to read the whole tensor.
            ArgumentOutOfRangeException.ThrowIfNotEqual((start % size, into.Length % size), (0, 0));
            var extent = 1 + entry.Shape.Zip(entry.Strides, (s, stride) => (s - 1) * stride).Sum();
            mapping ??= file.Map();
            using var view = mapping.CreateViewAccessor(entry.Offset, extent * size, MemoryMappedFileAccess.Read);
            Gather(view, entry, start / size, into);
        }
        if (isBigEndian)
            for (var at = 0; at < into.Length; at += unit) into.Slice(at, unit).Reverse();
    }

    // Copies elements in row-major order; `place` is the position of the current one in the tensor.
    private static void Gather(MemoryMappedViewAccessor view, TensorEntry entry, long first, Span<byte> into)
    {
        var size = entry.Dtype.Size();
        var (shape, strides, place) = (entry.Shape, entry.Strides, new long[entry.Shape.Length]);
        var (at, rest) = (0L, first);
        for (var axis = shape.Length - 1; axis >= 0; axis--)
        {
            (rest, place[axis]) = Math.DivRem(rest, shape[axis]);
            at += place[axis] * strides[axis];
        }
        var offset = (ulong)view.PointerOffset;
        for (var done = 0; done < into.Length; done += size)
        {
            view.SafeMemoryMappedViewHandle.ReadSpan(offset + (ulong)(at * size), into.Slice(done, size));
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                at += strides[axis];
                if (++place[axis] < shape[axis]) break;
                at -= place[axis] * strides[axis];
                place[axis] = 0;
            }
        }
    }

    // Tied weights are one stretch of the file under two names; who maps both would tie them in memory too.
    private static HashSet<TensorEntry> Overlapping(ImmutableArray<TensorEntry> entries)
    {
        var found = new HashSet<TensorEntry>(ReferenceEqualityComparer.Instance);
        TensorEntry? furthest = null;
        foreach (var entry in entries.Where(e => e.Length > 0 && e.Strides.IsEmpty).OrderBy(e => e.Offset))
        {
            if (furthest is not null && entry.Offset < furthest.Offset + furthest.Length)
            {
                found.Add(entry);
                found.Add(furthest);
            }
            if (furthest is null || entry.Offset + entry.Length > furthest.Offset + furthest.Length) furthest = entry;
        }
        return found;
    }

    private static bool IsZip(FileBytes file)
    {
        if (file.Length < 4) return false;
        Span<byte> first = stackalloc byte[4];
        file.Read(0, first);
        return first.SequenceEqual("PK\x03\x04"u8);
    }
}
