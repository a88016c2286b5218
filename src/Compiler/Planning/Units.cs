using System.Globalization;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>Large numbers for people.</summary>
internal static class Units
{
    /// <summary>With three significant digits and a decimal prefix: <c>7.06 G</c>.</summary>
    public static string Decimal(double value)
    {
        string[] prefixes = ["", " k", " M", " G", " T", " P", " E"];
        return Scale(value, 1000, prefixes);
    }

    /// <summary>Bytes with a binary prefix: <c>13.2 GiB</c>.</summary>
    public static string Bytes(double value)
    {
        string[] prefixes = [" B", " KiB", " MiB", " GiB", " TiB", " PiB", " EiB"];
        return Scale(value, 1024, prefixes);
    }

    /// <summary>All digits in groups of three.</summary>
    public static string Exact(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A polynomial with short coefficients: <c>13.2 G·text + 262 k·text^2</c>.</summary>
    public static string Polynomial(Dim size, Func<double, string> format)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (coefficient, product) in size.Terms)
        {
            var magnitude = format(Math.Abs((double)coefficient));
            text.Append(text.Length == 0 ? (coefficient < 0 ? "-" : "") : coefficient < 0 ? " - " : " + ").Append(product.Length == 0 ? magnitude : $"{magnitude}·{product}");
        }
        return text.Length == 0 ? format(0) : text.ToString();
    }

    private static string Scale(double value, double step, string[] prefixes)
    {
        var prefix = 0;
        // What would round to the next prefix takes it.
        while (prefix < prefixes.Length - 1 && value >= step * 0.9995)
            (value, prefix) = (value / step, prefix + 1);
        var digits = value >= 100 || (prefix == 0 && value == Math.Floor(value)) ? "0" : value >= 10 ? "0.#" : "0.##";
        return value.ToString(digits, CultureInfo.InvariantCulture) + prefixes[prefix];
    }
}
