namespace Mllm.Runtime.Tests.Models;

/// <summary>
/// A derivative from central difference quotients, without knowing what to expect: two of them are extrapolated to a step of zero (Richardson, 1911), and a step is small enough where
/// this agrees with the extrapolation from the next smaller steps. A kink between the two sides, of a relu that changes its sign, shows as quotients that do not follow the
/// square of the step; a smaller step leaves it outside.
/// </summary>
/// <param name="Value">Null where no two extrapolations agree.</param>
/// <param name="Quotients">By step, for messages.</param>
internal sealed record DirectionalDerivative(double? Value, IReadOnlyList<(double Step, double Quotient)> Quotients)
{
    private const double First = 4e-6, Ratio = 4;
    private const int Most = 5;

    /// <param name="value">The function at a distance along the direction.</param>
    /// <param name="tolerance">How far two extrapolations may be apart.</param>
    public static DirectionalDerivative Of(Func<double, double> value, double tolerance)
    {
        var (quotients, last) = (new List<(double Step, double Quotient)>(), double.NaN);
        for (var (step, i) = (First, 0); i < Most; step /= Ratio, i++)
        {
            quotients.Add((step, (value(step) - value(-step)) / (2 * step)));
            if (i == 0)
                continue;
            var extrapolated = (Ratio * Ratio * quotients[^1].Quotient - quotients[^2].Quotient) / (Ratio * Ratio - 1);
            if (Math.Abs(extrapolated - last) < tolerance)
                return new(extrapolated, quotients);
            last = extrapolated;
        }
        return new(null, quotients);
    }

    public override string ToString() => $"{Value?.ToString("R") ?? "no limit"} from {string.Join(", ", Quotients.Select(q => $"{q.Quotient:R} at {q.Step:G2}"))}";
}
