using Antlr4.Runtime;
using Antlr4.Runtime.Atn;
using Antlr4.Runtime.Misc;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax;

/// <summary>Reads source texts into syntax trees. Never throws on any text.</summary>
public static class Parser
{
    /// <summary>Reads one file. A broken file still gives every part that could be read, and all of its mistakes in the order of the text.</summary>
    public static Stage<FileSyntax> Parse(SourceText source)
    {
        var diagnostics = new List<Diagnostic>();
        var tokens = TokenReader.Read(source, diagnostics);
        var context = Run(tokens, parser => parser.file());
        var file = new AstBuilder(tokens, diagnostics).File(context);
        return new Stage<FileSyntax>(file, [.. diagnostics]);
    }

    private static T Run<T>(TokenList tokens, Func<MllmParser, T> rule)
    {
        var parser = new MllmParser(new CommonTokenStream(new ListTokenSource(tokens.Tokens)), TextWriter.Null, TextWriter.Null);
        parser.RemoveErrorListeners();
        return rule(parser);
    }
}
