using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>
/// A parsed pattern such as <c>c (h p) w -> (h w) (p c)</c> in the notation of einops (Rogozhnikov, 2022). Each axis is a list of names: one
/// for a plain axis, several for a group, none for an axis of size 1.
/// </summary>
public sealed record RearrangePattern(ImmutableArray<ImmutableArray<string>> Left, ImmutableArray<ImmutableArray<string>> Right)
{
    public IEnumerable<string> Names => Left.SelectMany(axis => axis);

    /// <summary>Reads a pattern; on failure <paramref name="error"/> says what was found and expected.</summary>
    public static RearrangePattern? Parse(string text, out string error)
    {
        var sides = text.Split("->");
        if (sides.Length != 2)
        {
            error = $"the pattern \"{text}\" has {sides.Length - 1} arrows, expected one `->`";
            return null;
        }
        if (ParseSide(sides[0], out error) is not { } left || ParseSide(sides[1], out error) is not { } right)
            return null;
        var (before, after) = (left.SelectMany(a => a).ToList(), right.SelectMany(a => a).ToList());
        error = before.Except(after).FirstOrDefault() is { } dropped ? $"`{dropped}` stands on the left alone, a rearrangement drops nothing"
            : after.Except(before).FirstOrDefault() is { } added ? $"`{added}` stands on the right alone, a rearrangement repeats nothing"
            : before.Concat(after).GroupBy(n => n).FirstOrDefault(g => g.Count() != 2)?.Key is { } twice ? $"`{twice}` stands twice on one side"
            : "";
        return error.Length == 0 ? new RearrangePattern(left, right) : null;
    }

    /// <summary>The size of every name for an operand's shape, whose rank is that of the left side.</summary>
    /// <param name="given">Sizes given by name; each group may leave out one.</param>
    /// <param name="report">Called with what does not fit; names it concerns get a guess.</param>
    public ImmutableDictionary<string, Dim> Solve(ImmutableArray<Dim> shape, IReadOnlyDictionary<string, Dim> given, Action<string> report)
    {
        var sizes = given.ToImmutableDictionary();
        foreach (var (axis, size) in Left.Zip(shape))
        {
            var missing = axis.Where(n => !given.ContainsKey(n)).ToList();
            var known = axis.Where(given.ContainsKey).Aggregate(Dim.One, (product, n) => product * given[n]);
            if (missing.Count > 1)
                report($"`{Text(axis)}` is {size} and leaves out {string.Join(" and ", missing.Select(n => $"`{n}`"))}, expected the sizes of all names but one");
            else if (missing.Count == 0 && known != size)
                report(axis.IsEmpty ? $"`1` stands at an axis of {size} elements" : $"`{Text(axis)}` is {known}, the axis has {size} elements");
            else if (missing.Count == 1 && axis.Length > 1 && !Dim.TryDivide(size, known, out _))
                report($"`{Text(axis)}` is {size}, expected a multiple of {known}");
            foreach (var name in missing)
                sizes = sizes.SetItem(name, missing.Count > 1 ? 1 : axis.Length == 1 ? size : Dim.TryDivide(size, known, out var rest) ? rest : 1);
        }
        return sizes;
    }

    /// <summary>The shape of the right side.</summary>
    public ImmutableArray<Dim> Apply(IReadOnlyDictionary<string, Dim> sizes) => [.. Right.Select(axis => axis.Aggregate(Dim.One, (product, n) => product * sizes[n]))];

    public override string ToString() => $"{string.Join(" ", Left.Select(Text))} -> {string.Join(" ", Right.Select(Text))}";

    private static string Text(ImmutableArray<string> axis) => axis.Length switch { 0 => "1", 1 => axis[0], _ => $"({string.Join(" ", axis)})" };

    private static ImmutableArray<ImmutableArray<string>>? ParseSide(string side, out string error)
    {
        var axes = new List<ImmutableArray<string>>();
        var inGroup = false;
        error = "";
        foreach (var token in side.Replace("(", " ( ").Replace(")", " ) ").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (token == "1" || IsName(token))
            {
                ImmutableArray<string> names = token == "1" ? [] : [token];
                if (inGroup)
                    axes[^1] = axes[^1].AddRange(names);
                else
                    axes.Add(names);
            }
            else if (token == "(" && !inGroup)
            {
                inGroup = true;
                axes.Add([]);
            }
            else if (token == ")" && inGroup)
                inGroup = false;
            else
            {
                error = $"found `{token}` in the pattern, expected {(token is "(" or ")" ? "balanced groups without groups inside" : "names, `1` or groups in parentheses")}";
                return null;
            }
        }
        if (!inGroup)
            return [.. axes];
        error = "found the end of a side of the pattern, expected `)`";
        return null;
    }

    private static bool IsName(string token) => (char.IsAsciiLetter(token[0]) || token[0] == '_') && token.All(c => char.IsAsciiLetterOrDigit(c) || c == '_');
}
