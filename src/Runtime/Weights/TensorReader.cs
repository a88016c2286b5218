using System.Runtime.InteropServices;
using Mllm.Runtime.Native;
using TorchSharp;

namespace Mllm.Runtime.Weights;

/// <summary>
/// Reads tensors of a checkpoint. What is wanted as it is stored is not read at all: it is the file, mapped into memory
/// privately, so that writing to the tensor changes the tensor alone. Everything else is converted piece by piece, so that
/// beside the result only one small buffer exists. Not for several threads at once.
/// </summary>
public sealed class TensorReader : IDisposable
{
    private const int ChunkBytes = 16 << 20;
    private readonly Dictionary<(string Path, torch.ScalarType Dtype), torch.Tensor?> mappings = [];
    private readonly HashSet<(WeightsFile File, string Name)> lent = [];

    /// <summary>Reads one tensor.</summary>
    /// <param name="tensor">A tensor of an open checkpoint.</param>
    /// <param name="device">Where it is wanted.</param>
    /// <param name="dtype">The type wanted; by default the stored one, or the next wider that the tensor library has.</param>
    /// <returns>
    /// A tensor of the entry's shape that shares memory with no other: a mapped tensor is handed out once, and copied when it is
    /// asked for again. It outlives this reader and the checkpoint. While a mapped one lives, the file must not be cut short
    /// in place (replacing it by renaming is harmless).
    /// </returns>
    /// <exception cref="EndOfStreamException">if the file became shorter after it was opened</exception>
    /// <exception cref="InvalidDataException">for unsigned 64-bit numbers of 2^63 and more</exception>
    public torch.Tensor Read(SourceTensor tensor, torch.Device device, torch.ScalarType? dtype = null)
    {
        TorchLibrary.Load();
        var wanted = dtype ?? TorchDtypes.InMemory(tensor.Entry.Dtype);
        var asStored = device.type == DeviceType.CPU
            && TorchDtypes.IsNative(tensor.Entry.Dtype) && TorchDtypes.Raw(tensor.Entry.Dtype) == wanted;
        return asStored && Map(tensor, wanted) is { } mapped ? mapped : Copy(tensor, device, wanted, direct: asStored);
    }

    /// <summary>Lets go of the files; tensors that were read stay valid, each mapping until its last tensor goes.</summary>
    public void Dispose()
    {
        foreach (var mapping in mappings.Values) mapping?.Dispose();
        mappings.Clear();
    }

    // The library maps whole files, as a flat tensor of one dtype; a tensor of the file is then a part of that one.
    private torch.Tensor? Map(SourceTensor tensor, torch.ScalarType dtype)
    {
        var (entry, file) = tensor;
        var size = entry.Dtype.Size();
        if (!file.HoldsAsRead(entry) || file.SharesBytes(entry)) return null;
        if (entry.Elements == 0 || entry.Offset % size != 0 || !lent.Add((file, entry.Name))) return null;
        if (!mappings.TryGetValue((file.Path, dtype), out var whole))
            mappings[(file.Path, dtype)] = whole = MapWhole(file, size, dtype);
        if (whole is null) return null;
        using var flat = whole.narrow(0, entry.Offset / size, entry.Elements);
        return flat.view([.. entry.Shape]);
    }

    private static torch.Tensor? MapWhole(WeightsFile file, int elementSize, torch.ScalarType dtype)
    {
        try
        {
            var path = Path.GetFullPath(file.Path);
            return torch.from_file(path, shared: false, file.Length / elementSize, dtype, torch.CPU).DetachFromDisposeScope();
        }
        catch (ExternalException)
        {
            return null; // Some systems refuse private mappings that are larger than their memory; such a file is read instead.
        }
    }

    private static torch.Tensor Copy(SourceTensor tensor, torch.Device device, torch.ScalarType dtype, bool direct)
    {
        var (entry, file) = tensor;
        using var scope = torch.NewDisposeScope();
        var result = torch.empty([.. entry.Shape], dtype, device);
        var flat = result.view(-1);
        var perChunk = ChunkBytes / entry.Dtype.Size();
        var buffer = direct ? null : torch.empty(Math.Min(perChunk, entry.Elements), TorchDtypes.Raw(entry.Dtype), torch.CPU);
        for (var start = 0L; start < entry.Elements; start += perChunk)
        {
            using var chunk = torch.NewDisposeScope();
            var part = flat.narrow(0, start, Math.Min(perChunk, entry.Elements - start));
            var raw = buffer?.narrow(0, 0, part.NumberOfElements) ?? part;
            file.Read(entry, start * entry.Dtype.Size(), raw.bytes);
            if (!direct) part.copy_(TorchDtypes.Decode(entry.Dtype, raw));
        }
        return result.MoveToOuterDisposeScope();
    }
}
