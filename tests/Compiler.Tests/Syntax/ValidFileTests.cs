using Mllm.Compiler.Syntax;
using Xunit;

namespace Mllm.Compiler.Tests.Syntax;

/// <summary>Valid files give the tree beside them and no diagnostics.</summary>
public class ValidFileTests
{
    public static TheoryData<string> Files => [.. CaseFiles.Names("valid")];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_valid_file_gives_the_expected_tree(string name)
    {
        var stage = Parser.Parse(CaseFiles.Read("valid", name));
        Assert.Empty(stage.Diagnostics.Select(d => $"{d.Primary.Span}: {d.Message}"));
        CaseFiles.Compare("valid", name, AstText.Of(stage.Value));
    }
}
