namespace Mllm.Runtime.Weights;

/// <summary>The 256 values of each 8-bit float, for types that the tensor library does not have.</summary>
public static class Float8
{
    /// <summary>
    /// The value of every code of <paramref name="dtype"/>: OCP 8-bit floating point (E4M3, E5M2), OCP MX scales (E8M0).
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">for a dtype that is not an 8-bit float</exception>
    public static float[] Table(WeightDtype dtype)
    {
        Func<int, double> value = dtype switch
        {
            WeightDtype.F8_E4M3 => E4M3,
            WeightDtype.F8_E5M2 => E5M2,
            WeightDtype.F8_E8M0 => code => code == 0xFF ? double.NaN : Math.Pow(2, code - 127),
            _ => throw new ArgumentOutOfRangeException(nameof(dtype), dtype, "not an 8-bit float"),
        };
        return [.. Enumerable.Range(0, 256).Select(code => (float)value(code))];
    }

    // Finite numbers only: the all-ones pattern is NaN and there is no infinity.
    private static double E4M3(int code) => (code & 0x7F) == 0x7F ? double.NaN : Decode(code, mantissaBits: 3, bias: 7);

    private static double E5M2(int code) => (code & 0x7F) switch
    {
        < 0x7C => Decode(code, mantissaBits: 2, bias: 15),
        0x7C => code > 0x7F ? double.NegativeInfinity : double.PositiveInfinity,
        _ => double.NaN,
    };

    private static double Decode(int code, int mantissaBits, int bias)
    {
        var sign = code > 0x7F ? -1.0 : 1.0;
        var exponent = (code & 0x7F) >> mantissaBits;
        var mantissa = (code & ((1 << mantissaBits) - 1)) / (double)(1 << mantissaBits);
        return exponent == 0
            ? sign * mantissa * Math.Pow(2, 1 - bias)
            : sign * (1 + mantissa) * Math.Pow(2, exponent - bias);
    }
}
