namespace Mllm.Runtime.Weights.Pickled;

/// <summary>An element type of the library that wrote a pickle.</summary>
/// <param name="Name">The dtype's name there.</param>
/// <param name="Size">Bytes of one element.</param>
/// <param name="Dtype">The same type among those that this project reads; null for none.</param>
internal sealed record ElementType(string Name, int Size, WeightDtype? Dtype)
{
    private static readonly ElementType[] All =
    [
        new("float32", 4, WeightDtype.F32), new("float64", 8, WeightDtype.F64),
        new("float16", 2, WeightDtype.F16), new("bfloat16", 2, WeightDtype.BF16),
        new("int64", 8, WeightDtype.I64), new("int32", 4, WeightDtype.I32),
        new("int16", 2, WeightDtype.I16), new("int8", 1, WeightDtype.I8),
        new("uint8", 1, WeightDtype.U8), new("uint16", 2, WeightDtype.U16),
        new("uint32", 4, WeightDtype.U32), new("uint64", 8, WeightDtype.U64),
        new("bool", 1, WeightDtype.BOOL), new("complex64", 8, WeightDtype.C64),
        new("float8_e4m3fn", 1, WeightDtype.F8_E4M3), new("float8_e5m2", 1, WeightDtype.F8_E5M2),
        new("float8_e8m0fnu", 1, WeightDtype.F8_E8M0),
        new("complex128", 16, null), new("complex32", 4, null), new("float8_e4m3fnuz", 1, null), new("float8_e5m2fnuz", 1, null),
        new("qint8", 1, null), new("quint8", 1, null), new("qint32", 4, null), new("quint4x2", 1, null), new("quint2x4", 1, null),
    ];

    // The class of a storage, without its ending `Storage`.
    private static readonly Dictionary<string, string> Storages = new(StringComparer.Ordinal)
    {
        ["Float"] = "float32", ["Double"] = "float64", ["Half"] = "float16", ["BFloat16"] = "bfloat16",
        ["Long"] = "int64", ["Int"] = "int32", ["Short"] = "int16", ["Char"] = "int8", ["Byte"] = "uint8", ["Bool"] = "bool",
        ["ComplexFloat"] = "complex64", ["ComplexDouble"] = "complex128", ["Untyped"] = "uint8",
        ["QInt8"] = "qint8", ["QUInt8"] = "quint8", ["QInt32"] = "qint32", ["QUInt4x2"] = "quint4x2", ["QUInt2x4"] = "quint2x4",
    };

    /// <summary>The dtype called <paramref name="name"/>, or null.</summary>
    public static ElementType? OfDtype(string name) => All.FirstOrDefault(e => e.Name == name);

    /// <summary>The element type of the storage class called <paramref name="name"/>, or null where that is no such class.</summary>
    public static ElementType? OfStorage(string name) =>
        name.EndsWith("Storage", StringComparison.Ordinal) && Storages.TryGetValue(name[..^"Storage".Length], out var dtype) ? OfDtype(dtype) : null;
}
