namespace Mllm.Runtime.Weights;

/// <summary>The element types of safetensors that fill whole bytes; the members are spelt as the format spells them.</summary>
public enum WeightDtype
{
    F64, F32, F16, BF16, F8_E4M3, F8_E5M2, F8_E8M0,
    I64, I32, I16, I8,
    U64, U32, U16, U8,
    BOOL,
    C64,
}

/// <summary>What the names of element types mean: their spelling, size and kind.</summary>
public static class WeightDtypes
{
    private static readonly Dictionary<string, WeightDtype> ByName =
        Enum.GetValues<WeightDtype>().ToDictionary(d => d.ToString(), StringComparer.Ordinal);

    /// <summary>The spellings accepted in a header, for messages.</summary>
    public static string Accepted { get; } = string.Join(", ", Enum.GetNames<WeightDtype>());

    /// <summary>The element type spelt <paramref name="name"/> (case matters); false for any other spelling.</summary>
    public static bool TryParse(string name, out WeightDtype dtype) => ByName.TryGetValue(name, out dtype);

    /// <summary>Bytes of one element.</summary>
    public static int Size(this WeightDtype dtype) => dtype switch
    {
        WeightDtype.F64 or WeightDtype.I64 or WeightDtype.U64 or WeightDtype.C64 => 8,
        WeightDtype.F32 or WeightDtype.I32 or WeightDtype.U32 => 4,
        WeightDtype.F16 or WeightDtype.BF16 or WeightDtype.I16 or WeightDtype.U16 => 2,
        WeightDtype.F8_E4M3 or WeightDtype.F8_E5M2 or WeightDtype.F8_E8M0
            or WeightDtype.I8 or WeightDtype.U8 or WeightDtype.BOOL => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "not a weight dtype"),
    };

    /// <summary>True for real floating-point types: what a trained parameter may be stored in.</summary>
    public static bool IsFloat(this WeightDtype dtype) => dtype <= WeightDtype.F8_E8M0;
}
