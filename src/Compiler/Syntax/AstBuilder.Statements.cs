using System.Collections.Immutable;
using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

internal sealed partial class AstBuilder
{
    private ImmutableArray<StatementSyntax> Statements(StatementsContext? context) => context is null ? [] : Each(context.statement(), Statement);

    private StatementSyntax? Statement(StatementContext context)
    {
        switch (context)
        {
            case AssignStatementContext assign when Sign(assign.ASSIGN(), assign.COLON()) is not null:
                RequireSign(Sign(assign.ASSIGN(), assign.COLON()), ASSIGN, "=", "assignments");
                return new AssignSyntax(Targets(assign.name(), assign.names(), assign), Expression(assign.expression(), assign), SpanOf(assign));
            case ReturnStatementContext result:
                return new ReturnSyntax(Expression(result.expression(), result), SpanOf(result));
            case ForStatementContext loop:
                var header = loop.forHeader();
                var targets = Targets(header?.name(), header?.names(), loop);
                if (targets.Length > 2)
                    Report(SyntaxErrors.UnexpectedToken(targets[2].Span, $"the name `{targets[2]}`", "`)`",
                        "a loop has one name, or one for the index and one for the element"));
                return new ForSyntax([.. targets.Take(2)], Expression(header?.expression(), loop), Statements(loop.statements()),
                    SpanOf(loop));
            case IfStatementContext conditional:
                return conditional.conditionalStatements() is { } statements ? If(statements) : null;
            default:
                return null;
        }
    }

    private IfSyntax If(ConditionalStatementsContext context)
    {
        var bodies = context.statements();
        ImmutableArray<StatementSyntax> otherwise = context.conditionalStatements() is { } next ? [If(next)]
            : bodies.Length > 1 ? Statements(bodies[1]) : [];
        return new IfSyntax(Expression(context.ifHeader()?.expression(), context), Statements(bodies.FirstOrDefault()), otherwise,
            SpanOf(context));
    }

    /// <summary>At least one name; an empty one where it is missing.</summary>
    private ImmutableArray<Name> Targets(NameContext? name, NamesContext? names, ParserRuleContext parent)
    {
        if (names is null)
            return [NameOf(name, parent)];
        var targets = Separated<NameContext>(names, "names");
        if (targets.Count == 0)
            Report(SyntaxErrors.UnexpectedToken(EndOf(names), "`)`", "a name"));
        return targets.Count == 0 ? [NameOf(null, names)] : [.. targets.Select(target => NameOf(target, names))];
    }
}
