using Antlr4.Runtime;
using Mllm.Compiler.Syntax.Generated;
using Mllm.Compiler.Text;
using Xunit;
using Parser = Mllm.Compiler.Syntax.Parser;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>One mistake gives one report: each token of each valid file is left out in turn.</summary>
public class CascadeTests
{
    /// <summary>
    /// How many of a hundred deletions may give more than one report: after some (the callee of a call with named arguments, the first
    /// word of a stage's line) nothing tells how the rest was meant. 2.1 when this was written.
    /// </summary>
    private const double MostCascades = 2.5;

    [Fact]
    public void A_missing_token_is_reported_once()
    {
        var (deletions, cascades, worst) = (0, new List<string>(), 0);
        foreach (var name in CaseFiles.Names("valid"))
        {
            var text = CaseFiles.Read("valid", name).Text;
            foreach (var token in Tokens(text))
            {
                var source = new SourceText(name, text.Remove(token.StartIndex, token.StopIndex + 1 - token.StartIndex));
                var reports = Parser.Parse(source).Diagnostics.Length;
                deletions++;
                worst = Math.Max(worst, reports);
                if (reports > 1)
                    cascades.Add($"{name}:{token.Line} without `{token.Text}`: {reports}");
            }
        }
        var share = 100.0 * cascades.Count / deletions;
        Assert.True(share <= MostCascades, $"{share:0.00} of a hundred:\n{string.Join('\n', cascades)}");
        Assert.InRange(worst, 1, 4);
    }

    private static IEnumerable<IToken> Tokens(string text) =>
        new MllmLexer(new AntlrInputStream(text), TextWriter.Null, TextWriter.Null).GetAllTokens().Where(token => token.Channel == Lexer.DefaultTokenChannel);
}
