using System.Text;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Syntax;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Broken files give exactly the diagnostics beside them: <c>code line:column message</c>, and indented what else is said.</summary>
public class BrokenFileTests
{
    public static TheoryData<string> Files => [.. CaseFiles.Names("broken")];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_broken_file_gives_the_expected_diagnostics(string name)
    {
        var stage = Parser.Parse(CaseFiles.Read("broken", name));
        Assert.True(stage.HasErrors);
        CaseFiles.Compare("broken", name, string.Concat(stage.Diagnostics.Select(Text)));
    }

    /// <summary>What is whole in a broken file is in its tree, and what is not is missing in the right place.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void A_broken_file_gives_the_expected_tree(string name)
    {
        var stage = Parser.Parse(CaseFiles.Read("broken", name));
        CaseFiles.Compare("broken", name, AstText.Of(stage.Value), ".tree");
    }

    private static string Text(Diagnostic diagnostic)
    {
        var text = new StringBuilder();
        text.Append($"{diagnostic.Code} {Place(diagnostic.Primary)} {diagnostic.Message}\n  label: {diagnostic.Primary.Text}\n");
        foreach (var label in diagnostic.Secondary)
            text.Append($"  also {Place(label)}: {label.Text}\n");
        if (diagnostic.Help is { } help)
            text.Append($"  help: {help}\n");
        if (diagnostic.Fix is { } fix)
            text.Append($"  fix: {fix.Title}: \"{fix.Span.Text}\" -> \"{fix.Replacement}\"\n");
        return text.ToString();
    }

    private static string Place(Label label) => $"{label.Span.From.Line + 1}:{label.Span.From.Column + 1}";
}
