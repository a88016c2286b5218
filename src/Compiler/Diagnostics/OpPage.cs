using System.Collections.Immutable;
using System.Text;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Diagnostics;

/// <summary>What <c>mllmc explain</c> says about a primitive, taken from its <see cref="Op"/> alone.</summary>
internal static class OpPage
{
    private const int LongestLine = 96;

    /// <summary>The page as Markdown.</summary>
    public static string Of(Op op)
    {
        var page = new StringBuilder($"# {op.Name}: {op.Summary}\n\n```\n");
        var settings = op.Attributes.Select(Setting).Concat(op.TakesNamedSizes ? ["NAME: int, ..."] : []).ToList();
        if (op.IsModule)
            page.Append(Call($"member = {op.Name}", settings));
        foreach (var function in op.Functions)
        {
            var operands = op.Operands(function).Select(Operand).ToList();
            var callee = function == "forward" ? "member" : $"member.{function}";
            page.Append(!op.IsModule ? Call(op.Name, [.. operands, .. settings]) : operands.Count == 0 ? $"{callee}\n" : Call(callee, operands));
        }
        page.Append("```\n");
        if (op.IsActivation)
            page.Append("\nIts name is also a value of the type `activation`.\n");
        if (op.TakesNamedSizes)
            page.Append("\nFurther named sizes are accepted.\n");
        List(page, "Parameters", Parameters(op).Select(p => $"- {p}"));
        List(page, "Constraints", op.Constraints.Select((c, i) => $"{i + 1}. {c}"));
        return page.ToString();
    }

    private static void List(StringBuilder page, string heading, IEnumerable<string> items)
    {
        var lines = items.ToList();
        if (lines.Count > 0)
            page.Append($"\n## {heading}\n\n").AppendJoin('\n', lines).Append('\n');
    }

    /// <summary>A call on one line, or with one argument a line where that is too long.</summary>
    private static string Call(string callee, List<string> arguments)
    {
        var line = $"{callee}({string.Join(", ", arguments)})\n";
        return line.Length <= LongestLine ? line : $"{callee}(\n  {string.Join(",\n  ", arguments)})\n";
    }

    private static string Setting(OpAttribute a) => $"{a.Name}: {a.Kind}{(a.Default is { } value ? $" = {value}" : "")}";

    private static string Operand(OpOperand o) => o.Name + (o.IsVariadic ? "..." : "") + (o.IsOptional ? "?" : "");

    /// <summary>Every parameter that some setting gives, its shape over the attributes' names, and the switches that it depends on.</summary>
    private static IEnumerable<string> Parameters(Op op)
    {
        if (!op.IsModule)
            yield break;
        var defaults = new Attributes([.. op.Attributes.Select(a => KeyValuePair.Create(a.Name, Example(a)))]);
        var switches = op.Attributes.Where(a => a.Kind == "bool").Select(a =>
            (a.Name, On: op.Parameters(defaults.With(a.Name, true)), Off: op.Parameters(defaults.With(a.Name, false)))).ToList();
        foreach (var p in op.Parameters(defaults).Concat(switches.SelectMany(s => s.On.Concat(s.Off))).DistinctBy(p => p.Name))
        {
            var conditions = switches.Where(s => Has(s.On) != Has(s.Off)).Select(s => $"`{s.Name}: {(Has(s.On) ? "true" : "false")}`").ToList();
            yield return $"`{(p.Name.Length > 0 ? p.Name : "(the member itself)")} [{string.Join(", ", p.Shape.Select(Formula))}]`"
                + (conditions.Count > 0 ? $" with {string.Join(" and ", conditions)}" : "");

            bool Has(ImmutableArray<OpParameter> set) => set.Any(q => q.Name == p.Name);
        }
    }

    /// <summary>A size's formula; between commas a quotient needs no parentheses.</summary>
    private static string Formula(Dim size) =>
        size.Formula is ['(', .. var inner, ')'] && !inner.Contains(')') ? inner : size.Formula;

    /// <summary>A value that shows as its attribute's name in the shapes made from it; the number itself divides and is divided well.</summary>
    private static Constant Example(OpAttribute a) => (a.Kind.TrimEnd('?'), a.Default) switch
    {
        ("int", IntConstant value) => Dim.Named(a.Name, value.Value),
        (_, { } value) => value,
        ("int" or "size", _) => Dim.Named(a.Name, 64),
        ("[int]", _) => new ListConstant([Dim.Named($"{a.Name}...", 64)]),
        ("float", _) => 1.0,
        ("bool", _) => false,
        ("activation", _) => new ActivationConstant("gelu"),
        _ => "",
    };
}
