using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Mllm.Runtime.Weights;

/// <summary>The catalog of what can be wrong with one safetensors file: MLLM6001 to MLLM6016.</summary>
internal static class SafetensorsErrors
{
    public static WeightsError CannotOpen(string file, string reason) =>
        new("MLLM6001", $"cannot open the weights file: {reason}", file);

    public static WeightsError TooShort(string file, long length) =>
        new("MLLM6002", "the file is too short to be a safetensors file", file,
            Found: Bytes(length), Expected: "8 bytes of header length, then the header");

    public static WeightsError HeaderTooLong(string file, ulong header, long fileLength) =>
        new("MLLM6003", "the header length in the first 8 bytes cannot be right", file,
            Found: header.ToString("N0", CultureInfo.InvariantCulture) + " bytes of header",
            Expected: $"at most {Number(Math.Min(SafetensorsHeader.LongestHeader, fileLength - SafetensorsHeader.PrefixLength))}"
                + $" in a file of {Bytes(fileLength)}; is the file truncated, or not a safetensors file?");

    public static WeightsError NotJson(string file, string reason) =>
        new("MLLM6004", $"the header cannot be read: {reason}", file);

    public static WeightsError NotAnObject(string file, ReadOnlySpan<byte> json) =>
        new("MLLM6005", "the header is not a JSON object", file,
            Found: json.IsEmpty ? "an empty header" : $"it begins with `{WeightsError.Shown(Encoding.UTF8.GetString(json[..1]))}`",
            Expected: "it begins with `{`");

    public static WeightsError DuplicateKey(string file, string key) =>
        new("MLLM6006", $"the header holds the key `{WeightsError.Shown(key)}` twice", file, key);

    public static WeightsError BadEntry(string file, string tensor, string what) =>
        new("MLLM6007", tensor.Length == 0 ? $"an entry of the header is malformed: {what}"
                : $"the header's entry for {Tensor(tensor)} is malformed: {what}", file, tensor,
            Expected: "an object of `dtype` (a name), `shape` (sizes) and `data_offsets` (begin and end)");

    public static WeightsError BadMetadata(string file, string which, string found) =>
        new("MLLM6008", $"the header's `__metadata__` is malformed: {which} is {found}", file,
            Expected: "an object whose values are strings");

    public static WeightsError UnknownDtype(string file, string tensor, string dtype) =>
        new("MLLM6009", $"{Tensor(tensor)} has the unknown dtype `{WeightsError.Shown(dtype)}`", file, tensor,
            Expected: $"one of {WeightDtypes.Accepted}");

    public static WeightsError BadShape(string file, string tensor, string what) =>
        new("MLLM6010", $"{Tensor(tensor)} has an impossible shape: {what}", file, tensor);

    public static WeightsError BadOffsets(string file, string tensor, ImmutableArray<long> offsets) =>
        new("MLLM6011", $"{Tensor(tensor)} has impossible data offsets", file, tensor,
            Found: WeightsError.Shown(TensorEntry.Print(offsets)), Expected: "[begin, end] with begin <= end");

    public static WeightsError OutsideFile(string file, TensorEntry entry, long dataStart, long fileLength) =>
        new("MLLM6012", $"{Tensor(entry.Name)} lies outside the file: the file is truncated, or its header is wrong", file, entry.Name,
            Found: $"{Bytes(fileLength - dataStart)} of tensor data",
            Expected: $"at least {Number(entry.Offset - dataStart + entry.Length)}");

    public static WeightsError WrongLength(
        string file, string tensor, WeightDtype dtype, ImmutableArray<long> shape, long found, long needed) =>
        new("MLLM6013", $"{Tensor(tensor)} does not have as many bytes as its shape and dtype say", file, tensor,
            Found: Bytes(found), Expected: $"{Bytes(needed)} for {dtype} {TensorEntry.Print(shape)}");

    public static WeightsError Overlap(string file, TensorEntry entry, TensorEntry earlier) =>
        new("MLLM6014", $"{Tensor(entry.Name)} shares bytes with {Tensor(earlier.Name)}", file, entry.Name,
            Found: $"it begins at byte {Number(entry.Offset)}, the other ends at byte {Number(earlier.Offset + earlier.Length)}",
            Expected: "every byte belongs to one tensor");

    public static WeightsError Hole(string file, TensorEntry entry, long end) =>
        new("MLLM6015", $"no tensor owns the {Bytes(entry.Offset - end)} in front of {Tensor(entry.Name)}", file, entry.Name,
            Found: $"a hole from byte {Number(end)} to byte {Number(entry.Offset)}",
            Expected: "every byte belongs to one tensor");

    public static WeightsError TrailingData(string file, long end, long fileLength) =>
        new("MLLM6016", $"no tensor owns the last {Bytes(fileLength - end)} of the file", file,
            Found: $"tensors end at byte {Number(end)}, the file at byte {Number(fileLength)}",
            Expected: "every byte belongs to one tensor");

    internal static string Tensor(string name) => $"tensor `{WeightsError.Shown(name)}`";

    internal static string Number(long n) => n.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Bytes(long n) => n == 1 ? "1 byte" : $"{Number(n)} bytes";
}
