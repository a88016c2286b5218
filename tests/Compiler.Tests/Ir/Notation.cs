using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>Reads sizes, types and settings as diagnostics print them, for tests that are tables.</summary>
internal static class Notation
{
    /// <summary>A sum of products of numbers and names with powers: <c>2·n^2 + 4·images - 1</c>.</summary>
    public static Dim Size(string text)
    {
        var (sum, sign) = (Dim.Zero, 1L);
        foreach (var token in text.Trim().Replace("-", " - ").Replace("+", " + ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
            if (token is "+" or "-")
                sign = token == "-" ? -1 : 1;
            else
                sum += sign * token.Split('·').Aggregate(Dim.One, (product, factor) => product * Factor(factor));
        return sum;
    }

    /// <summary><c>[n, 4]</c>, <c>ids[n]</c> or <c>mask[n, m]</c>; <c>-</c> for an operand that is absent.</summary>
    public static TensorType? Type(string text)
    {
        text = text.Trim();
        if (text == "-")
            return null;
        var open = text.IndexOf('[');
        var kind = text[..open] switch { "" => ElementKind.Float, "ids" => ElementKind.Int, "mask" => ElementKind.Bool, var other => throw new FormatException(other) };
        return new TensorType(kind, [.. Items(text[(open + 1)..^1]).Select(Size)]);
    }

    /// <summary>The complete settings of an op: those of <c>a = 1, b = "text"</c>, and its defaults.</summary>
    public static Attributes Settings(Op op, string text)
    {
        var given = Items(text).Select(i => i.Split(" = ", 2)).Select(p => KeyValuePair.Create(p[0].Trim(), Value(p[1].Trim()))).ToList();
        var declared = op.Attributes.Select(a => KeyValuePair.Create(a.Name, given.FirstOrDefault(g => g.Key == a.Name).Value ?? a.Default!)).ToList();
        Assert.All(declared, d => Assert.True(d.Value is not null, $"{op.Name}: {d.Key} must be given"));
        Assert.All(given, g => Assert.True(op.TakesNamedSizes || declared.Any(d => d.Key == g.Key), $"{op.Name} has no attribute {g.Key}"));
        return new Attributes([.. declared, .. given.Where(g => declared.All(d => d.Key != g.Key))]);
    }

    private static Constant Value(string text) => text switch
    {
        "none" => new NoneConstant(),
        "true" or "false" => text == "true",
        ['"', .. var inner, '"'] => inner,
        ['[', .. var inner, ']'] => new ListConstant([.. Items(inner).Select(Value)]),
        _ => !text.All(c => c == '-' || char.IsAsciiDigit(c)) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : Size(text),
    };

    private static Dim Factor(string text)
    {
        var power = text.Split('^');
        var factor = long.TryParse(power[0], out var number) ? (Dim)number : Dim.Symbol(power[0]);
        return Enumerable.Repeat(factor, power.Length == 2 ? int.Parse(power[1], CultureInfo.InvariantCulture) : 1).Aggregate((a, b) => a * b);
    }

    /// <summary>Splits at commas that stand outside brackets and quotes.</summary>
    private static ImmutableArray<string> Items(string text)
    {
        var (items, depth, quoted, start) = (ImmutableArray.CreateBuilder<string>(), 0, false, 0);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"')
                quoted = !quoted;
            else if (i < text.Length && !quoted)
                depth += text[i] switch { '[' => 1, ']' => -1, _ => 0 };
            if (i < text.Length && (quoted || depth > 0 || text[i] != ','))
                continue;
            items.Add(text[start..i].Trim());
            start = i + 1;
        }
        return [.. items.Where(i => i.Length > 0)];
    }
}
