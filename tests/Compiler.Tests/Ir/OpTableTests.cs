using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>
/// Every op against its table <c>ops/NAME.txt</c>. A line is <c>[FUNCTION] {SETTINGS} OPERAND; OPERAND -> RESULT [cost SIZE]</c>, or
/// <c>... -> !N MESSAGE</c> for a violation of constraint N, or <c>{SETTINGS} = NAME SHAPE INITIALIZER; ...</c> for the parameters.
/// </summary>
public sealed partial class OpTableTests
{
    public static TheoryData<string, int, string> Lines()
    {
        var lines = new TheoryData<string, int, string>();
        foreach (var file in Directory.GetFiles(Folder(), "*.txt").Order(StringComparer.Ordinal))
            foreach (var (text, index) in File.ReadAllLines(file).Select((t, i) => (t, i)))
                if (text.Trim() is { Length: > 0 } line && line[0] != '#')
                    lines.Add(Path.GetFileNameWithoutExtension(file), index + 1, line);
        return lines;
    }

    [Theory, MemberData(nameof(Lines))]
    public void A_line_of_the_table_holds(string name, int line, string text)
    {
        var op = OpRegistry.Find(name) ?? throw new InvalidDataException($"no op {name} (line {line})");
        if (ParameterLine().Match(text) is { Success: true } p)
            Assert.Equal(p.Groups[2].Value.Trim(), Describe(op, Notation.Settings(op, p.Groups[1].Value)));
        else
            Check(op, ApplicationLine().Match(text));
    }

    [Fact]
    public void Every_op_has_a_table_that_violates_each_of_its_constraints()
    {
        var violated = Lines().Select(row => ((string)row[0], ViolatedConstraint().Match((string)row[2]).Groups[1].Value)).ToHashSet();
        foreach (var op in OpRegistry.All.Values)
            for (var constraint = 1; constraint <= op.Constraints.Length; constraint++)
                Assert.True(violated.Contains((op.Name, constraint.ToString(System.Globalization.CultureInfo.InvariantCulture))), $"no line of ops/{op.Name}.txt violates {constraint}: {op.Constraints[constraint - 1]}");
        Assert.Equal(OpRegistry.All.Keys.Order(), Lines().Select(row => (string)row[0]).Distinct().Order());
    }

    private static void Check(Op op, Match match)
    {
        Assert.True(match.Success, "the line has none of the three forms");
        var function = match.Groups[1].Value.Trim() is { Length: > 0 } named ? named : "forward";
        var settings = Notation.Settings(op, match.Groups[2].Value);
        var operands = match.Groups[3].Value.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Notation.Type).ToArray();
        var context = new InferContext(function, settings, [.. operands]);
        var results = op.Infer(context);
        Assert.All(context.Violations, v => Assert.InRange(v.Constraint, 1, op.Constraints.Length));
        var found = string.Join(" ", context.Violations.Select(v => $"!{v.Constraint} {v.Message}"));
        if (found.Length == 0)
            found = string.Join("; ", results);
        var cost = found[0] == '!' ? "" : op.Cost(new CostContext(function, settings, [.. operands], results)).ToString();
        var expected = match.Groups[4].Value.Trim().Split(" cost ");
        Assert.Equal(expected[0], found);
        if (expected.Length > 1)
            Assert.Equal(expected[1], cost);
    }

    private static string Describe(Op op, Attributes settings) =>
        string.Join("; ", op.Parameters(settings).Select(p => $"{p.Name} {TensorType.Float(p.Shape)} {p.Initializer}".Trim()));

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "ops");

    [GeneratedRegex(@"^\{(.*)\} =(.*)$")]
    private static partial Regex ParameterLine();

    [GeneratedRegex(@"^(\w* *)\{((?:""[^""]*""|[^}])*)\}(.*?) -> (?=\w*\[|!)(.*)$")]
    private static partial Regex ApplicationLine();

    [GeneratedRegex(@" -> .*!(\d+)")]
    private static partial Regex ViolatedConstraint();
}
