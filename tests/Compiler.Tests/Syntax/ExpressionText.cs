using System.Globalization;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Prints expressions as s-expressions on one line.</summary>
internal static class ExpressionText
{
    public static string Of(ExpressionSyntax expression) => expression switch
    {
        IntSyntax i => i.Value.ToString(CultureInfo.InvariantCulture),
        FloatSyntax f => f.Value.ToString("0.0###############e+0", CultureInfo.InvariantCulture),
        BoolSyntax b => b.Value ? "true" : "false",
        StringSyntax s => Quoted(s.Value),
        NoneSyntax => "none",
        NameSyntax n => n.Text,
        ListSyntax l => $"[{string.Join(" ", l.Elements.Select(Of))}]",
        TupleSyntax t => $"(tuple {string.Join(" ", t.Elements.Select(Of))})",
        ComprehensionSyntax c => $"[for {c.Variable} {Of(c.Sequence)}{(c.Condition is null ? "" : " if " + Of(c.Condition))}: {Of(c.Element)}]",
        RangeSyntax r => $"(.. {(r.From is null ? "_" : Of(r.From))} {(r.To is null ? "_" : Of(r.To))})",
        CallSyntax c => $"({string.Join(" ", c.Arguments.Select(Argument).Prepend("call " + Of(c.Callee)))})",
        MemberAccessSyntax m => $"(. {Of(m.Target)} {m.Name})",
        IndexSyntax i => $"(at {Of(i.Target)} {string.Join(" ", i.Indices.Select(Of))})",
        UnarySyntax u => $"({u.Operator} {Of(u.Operand)})",
        BinarySyntax b => $"({b.Operator} {Of(b.Left)} {Of(b.Right)})",
        PipeSyntax p => $"(|> {Of(p.Left)} {Of(p.Right)})",
        ConditionalSyntax c => $"(if {Of(c.Condition)} {Of(c.Then)} {Of(c.Else)})",
        MissingSyntax => "?",
        _ => throw new NotSupportedException(expression.GetType().Name),
    };

    public static string Quoted(string text) =>
        "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\t", "\\t") + "\"";

    private static string Argument(ArgumentSyntax argument) => argument.Name is null ? Of(argument.Value) : $"{argument.Name}: {Of(argument.Value)}";
}
