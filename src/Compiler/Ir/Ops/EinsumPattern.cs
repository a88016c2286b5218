using System.Collections.Immutable;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>A parsed pattern such as <c>i q d, j d -> i j q</c>: the names of each operand's axes, and of the result's. A name that the result lacks is summed over.</summary>
public sealed record EinsumPattern(ImmutableArray<ImmutableArray<string>> Operands, ImmutableArray<string> Result)
{
    /// <summary>The most operands of one pattern.</summary>
    public const int MostOperands = 4;

    /// <summary>Reads a pattern; on failure <paramref name="error"/> says what was found and expected.</summary>
    public static EinsumPattern? Parse(string text, out string error)
    {
        var sides = text.Split("->");
        if (sides.Length != 2)
        {
            error = $"the pattern \"{text}\" has {sides.Length - 1} arrows, expected one `->`";
            return null;
        }
        var operands = sides[0].Split(',').Select(Names).ToImmutableArray();
        var pattern = new EinsumPattern(operands, Names(sides[1]));
        error = operands.Length > MostOperands ? $"the pattern \"{text}\" has {operands.Length} operands, expected at most {MostOperands}"
            : operands.Append(pattern.Result).SelectMany(names => names).FirstOrDefault(n => !IsName(n)) is { } strange ? $"found `{strange}` in the pattern, expected names of axes separated by spaces"
            : operands.Append(pattern.Result).Select(Twice).FirstOrDefault(n => n is not null) is { } twice ? $"`{twice}` stands twice in one operand or in the result"
            : pattern.Result.Except(operands.SelectMany(names => names)).FirstOrDefault() is { } added ? $"`{added}` stands in the result alone"
            : "";
        return error.Length == 0 ? pattern : null;
    }

    /// <summary>
    /// The operands joined one by one from the left: for each the names that the product goes over, and whether some of them are summed.
    /// A single operand is one step.
    /// </summary>
    public IEnumerable<(ImmutableArray<string> Names, bool Sums)> Steps()
    {
        var current = Operands[0];
        for (var i = 1; i < Operands.Length || i == 1; i++)
        {
            ImmutableArray<string> names = Operands.Length == 1 ? current : [.. current.Union(Operands[i])];
            var needed = Operands.Skip(i + 1).SelectMany(o => o).Concat(Result).ToHashSet(StringComparer.Ordinal);
            current = [.. names.Where(needed.Contains)];
            yield return (names, current.Length < names.Length);
        }
    }

    public override string ToString() => $"{string.Join(", ", Operands.Select(o => string.Join(" ", o)))} -> {string.Join(" ", Result)}";

    private static ImmutableArray<string> Names(string side) => [.. side.Split(' ', StringSplitOptions.RemoveEmptyEntries)];

    private static string? Twice(ImmutableArray<string> names) => names.GroupBy(n => n).FirstOrDefault(g => g.Count() > 1)?.Key;

    private static bool IsName(string token) => (char.IsAsciiLetter(token[0]) || token[0] == '_') && token.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
