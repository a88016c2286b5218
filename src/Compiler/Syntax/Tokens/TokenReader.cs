using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>Splits a text into tokens, sets the documentation comments aside and mends what is wrong with single tokens.</summary>
internal static class TokenReader
{
    /// <param name="diagnostics">Gets what was found.</param>
    public static TokenList Read(SourceText source, List<Diagnostic> diagnostics)
    {
        // Not a code point stream: spans count UTF-16 units, as the rest of the compiler does.
        var lexer = new MllmLexer(new AntlrInputStream(source.Text), TextWriter.Null, TextWriter.Null);
        lexer.RemoveErrorListeners();
        var list = new TokenList(source, [], [], [], [], [], []);
        var checks = new TokenChecks(list, diagnostics);
        var doc = new List<string>();
        var afterGap = false;
        while (true)
        {
            var token = lexer.NextToken();
            if (token.Channel == MllmLexer.DOCUMENTATION && !token.Text.StartsWith("////", StringComparison.Ordinal))
                doc.Add(DocLine(token.Text));
            if (token.Channel != Lexer.DefaultTokenChannel)
                continue;
            if (!checks.Keep((CommonToken)token))
            {
                afterGap = true;
                list.Gaps.Add(list.After(list.Tokens.LastOrDefault()).Start);
                continue;
            }
            if (afterGap)
                list.Gaps.Add(list.SpanOf(token).Start);
            afterGap = false;
            if (doc.Count > 0)
                list.Docs[token] = string.Join('\n', doc);
            // What is said before the imports is said of the first declaration.
            if (token.Type is not (MllmLexer.IMPORT or MllmLexer.STRING))
                doc.Clear();
            list.Tokens.Add(token);
            if (token.Type == TokenConstants.EOF)
                return list;
        }
    }

    private static string DocLine(string text) => (text.StartsWith("/// ", StringComparison.Ordinal) ? text[4..] : text[3..]).TrimEnd();
}
