using System.Collections.Immutable;
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
            case AssignStatementContext assign:
                RequireSign(Sign(assign.ASSIGN(), assign.COLON()), ASSIGN, "=", "assignments");
                return new AssignSyntax(Targets(assign.targets()), Expression(assign.expression(), assign), SpanOf(assign));
            case ReturnStatementContext result:
                return new ReturnSyntax(Expression(result.expression(), result), SpanOf(result));
            case ForStatementContext loop:
                var header = loop.forHeader();
                return new ForSyntax(Targets(header?.targets()), Expression(header?.expression(), loop), Statements(loop.statements()), SpanOf(loop));
            case IfStatementContext conditional:
                return conditional.conditionalStatements() is { } statements ? If(statements) : null;
            default:
                return null;
        }
    }

    private IfSyntax If(ConditionalStatementsContext context)
    {
        var bodies = context.statements();
        ImmutableArray<StatementSyntax> otherwise = context.conditionalStatements() is { } next ? [If(next)] : bodies.Length > 1 ? Statements(bodies[1]) : [];
        return new IfSyntax(Expression(context.ifHeader()?.expression(), context), Statements(bodies.FirstOrDefault()), otherwise, SpanOf(context));
    }

    private ImmutableArray<Name> Targets(TargetsContext? context) =>
        context is null ? [] : Each(Separated<NameContext>(context, "names"), name => name.exception is null ? NameOf(name, context) : null);
}
