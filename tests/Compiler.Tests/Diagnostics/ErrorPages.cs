using System.Text.RegularExpressions;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests.Diagnostics;

/// <summary>
/// Each page under <c>docs/errors</c> is the test of its code: its example gives exactly the rendering that it shows. A line <c>[...]</c> in a long rendering
/// stands for the lines that the page leaves out.
/// </summary>
public class ErrorPages
{
    private const string Folder = "docs/errors";

    private static IEnumerable<string> Paths => Repository.Files(Folder, "*.md");

    public static TheoryData<string> Pages => [.. Paths];

    [Theory]
    [MemberData(nameof(Pages))]
    public void ThePageIsComplete(string path)
    {
        var page = Read(path);
        Assert.Equal(Path.GetFileNameWithoutExtension(path), page.Code);
        Assert.True(page.Example is not null || page.Session is not null, $"{path}: no ```mllm block (or ```console, where no source text gives the finding)");
        Assert.True(page.Example is null || page.Rendering is not null || Repository.IsUpdating, $"{path}: no ```text block with what the compiler says");

        var prose = Regex.Split(page.Markdown, @"^```[\s\S]*?^```$", RegexOptions.Multiline).Select(p => p.Trim()).ToList();
        Assert.True(prose[0].Contains('\n'), $"{path}: nothing says what the finding means");
        Assert.True(prose[^1].Length > 0, $"{path}: nothing says how to mend it");
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void TheExampleGivesItsRendering(string path)
    {
        var page = Read(path);
        if (page.Example is not { } example)
            return;
        var findings = TestCompiler.Check(new SourceText("example.mllm", example));
        var rendering = Renderer.Render(findings, RenderOptions.Plain);
        Assert.True(findings.Any(d => d.Code == page.Code), $"{path}: the example does not give {page.Code} but:\n{rendering}");
        if (page.Rendering?.Split("[...]\n") is [var first, var last])
        {
            Assert.StartsWith(first, rendering);
            Assert.EndsWith(last, rendering);
        }
        else if (Repository.IsUpdating && page.Rendering != rendering)
            Repository.Write(path, page.WithRendering(rendering).Markdown);
        else
            Assert.Equal(page.Rendering, rendering);
    }

    [Fact]
    public void EveryCodeHasAPageAndEveryPageACode()
    {
        var made = Repository.Files("src", "*.cs")
            .SelectMany(f => Regex.Matches(Repository.Read(f), @"""(MLLM\d{4})""").Select(m => m.Groups[1].Value))
            .ToHashSet();
        var described = Paths.Select(p => Path.GetFileNameWithoutExtension(p)).ToHashSet();
        Assert.Equal("", string.Join(' ', made.Except(described).Order(StringComparer.Ordinal).Select(c => $"{c} has no page")));
        Assert.Equal("", string.Join(' ', described.Except(made).Order(StringComparer.Ordinal).Select(c => $"{c} is made nowhere")));
    }

    /// <summary>The pages that <c>mllmc explain</c> prints are inside the compiler since it was built; after rewriting they are older than the files.</summary>
    [Fact]
    public void ThePagesOfTheCompilerAreThoseOfTheFolder()
    {
        if (!Repository.IsUpdating)
            Assert.Equal(Paths.Select(p => Read(p).Markdown), ErrorPage.Codes.Select(c => ErrorPage.Find(c)!.Markdown));
    }

    private static ErrorPage Read(string path)
    {
        var page = ErrorPage.Parse(Repository.Read(path));
        Assert.True(page is not null, $"{path}: the first line is not `# MLLMnnnn: short name`");
        return page;
    }
}
