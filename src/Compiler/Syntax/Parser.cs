using Antlr4.Runtime;
using Antlr4.Runtime.Atn;
using Antlr4.Runtime.Misc;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Syntax.Recovery;
using Mllm.Compiler.Syntax.Tokens;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax;

/// <summary>Reads source texts into syntax trees. Never throws on any text.</summary>
public static class Parser
{
    /// <summary>How many mistakes of one file are reported.</summary>
    public const int MostErrors = 100;

    /// <summary>Reads one file. A broken file still gives every part that could be read, and all of its mistakes in the order of the text.</summary>
    public static Stage<FileSyntax> Parse(SourceText source)
    {
        var diagnostics = new List<Diagnostic>();
        var tokens = Prepare(source, diagnostics);
        var file = IsTooDeep(tokens, diagnostics)
            ? new FileSyntax(source, [], [])
            : new AstBuilder(tokens, diagnostics).File(Run(tokens, diagnostics, parser => parser.file()));
        return new Stage<FileSyntax>(file, DiagnosticSieve.Sift(diagnostics, tokens, MostErrors));
    }

    /// <summary>Reads one expression, such as the value of <c>--set name=value</c>; a text that is none gives <see cref="MissingSyntax"/> parts.</summary>
    public static Stage<ExpressionSyntax> ParseExpression(SourceText source)
    {
        var diagnostics = new List<Diagnostic>();
        var tokens = Prepare(source, diagnostics);
        ExpressionSyntax expression = new MissingSyntax(new Span(source, 0, source.Text.Length));
        if (!IsTooDeep(tokens, diagnostics))
        {
            var context = Run(tokens, diagnostics, parser => parser.expressionFile());
            expression = new AstBuilder(tokens, diagnostics).Expression(context.expression(), context);
        }
        return new Stage<ExpressionSyntax>(expression, DiagnosticSieve.Sift(diagnostics, tokens, MostErrors));
    }

    /// <summary>The tokens with balanced brackets; as they are where they nest too deep to be read.</summary>
    private static TokenList Prepare(SourceText source, List<Diagnostic> diagnostics)
    {
        var tokens = TokenReader.Read(source, diagnostics);
        if (NestingLimit.FirstTooDeep(tokens) is not null)
            return tokens;
        tokens = BracketRepair.Repair(tokens, diagnostics);
        tokens = CommaRepair.Repair(tokens, diagnostics);
        tokens = DanglingEnds.Repair(tokens, diagnostics);
        MisspeltWords.Repair(tokens, diagnostics);
        return tokens;
    }

    private static bool IsTooDeep(TokenList tokens, List<Diagnostic> diagnostics)
    {
        if (NestingLimit.FirstTooDeep(tokens) is not { } token)
            return false;
        diagnostics.Add(SyntaxErrors.NestingTooDeep(tokens.SpanOf(token), NestingLimit.Depth));
        return true;
    }

    /// <summary>Parses with the cheap prediction that stops at the first error, and only then with the one that explains errors.</summary>
    private static T Run<T>(TokenList tokens, List<Diagnostic> diagnostics, Func<MllmParser, T> rule)
    {
        var parser = new MllmParser(new CommonTokenStream(new ListTokenSource(tokens.Tokens)), TextWriter.Null, TextWriter.Null);
        parser.RemoveErrorListeners();
        parser.Interpreter.PredictionMode = PredictionMode.SLL;
        parser.ErrorHandler = new BailErrorStrategy();
        try
        {
            return rule(parser);
        }
        catch (ParseCanceledException)
        {
            parser.Reset();
            parser.Interpreter.PredictionMode = PredictionMode.LL;
            parser.ErrorHandler = new RecoveryStrategy(tokens, new SyntaxErrorTranslator(tokens, diagnostics));
            return rule(parser);
        }
    }
}
