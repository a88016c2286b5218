using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Xunit;

namespace Mllm.Compiler.Tests.Architectures;

/// <summary>Who depends on whom: Cli on Runtime on Compiler, nothing else, and only Runtime on LibTorch.</summary>
public class DependencyTests
{
    [Theory]
    [InlineData("Compiler", "")]
    [InlineData("Runtime", "Compiler")]
    [InlineData("Cli", "Runtime")]
    public void A_project_refers_to_the_one_below_it(string project, string below) => Assert.Equal(below, string.Join(", ", References(project, "ProjectReference").Select(Path.GetFileNameWithoutExtension)));

    [Fact]
    public void Only_the_runtime_refers_to_torch()
    {
        var users = Repository.Files("src", "*.csproj").Where(p => References(Path.GetFileNameWithoutExtension(p), "PackageReference")
            .Any(r => r.Contains("torch", StringComparison.OrdinalIgnoreCase)));
        Assert.Equal(["src/Runtime/Runtime.csproj"], users);
    }

    [Fact]
    public void The_compiler_s_assembly_refers_to_nothing_but_the_platform_and_the_parser_s_runtime()
    {
        var references = typeof(Compilation).Assembly.GetReferencedAssemblies().Select(a => a.Name!);
        Assert.All(references, r => Assert.True(r.StartsWith("System.", StringComparison.Ordinal) || r == "Antlr4.Runtime.Standard", r));
    }

    [Fact]
    public void The_compiler_touches_no_file()
    {
        using var file = new PEReader(File.OpenRead(typeof(Compilation).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var used = metadata.TypeReferences.Select(metadata.GetTypeReference).Where(t => metadata.GetString(t.Namespace) == "System.IO").Select(t => metadata.GetString(t.Name));
        Assert.Empty(used.Intersect(["File", "FileInfo", "FileStream", "Directory", "DirectoryInfo", "FileSystemInfo", "RandomAccess"]));
    }

    private static IEnumerable<string> References(string project, string kind) =>
        XDocument.Parse(Repository.Read($"src/{project}/{project}.csproj")).Descendants(kind).Select(r => r.Attribute("Include")!.Value.Replace('\\', '/'));
}
