using Mllm.Runtime.Engine;
using Xunit;

namespace Mllm.Runtime.Tests.Models;

/// <summary>The runtime stands on the compiler and knows no command line.</summary>
public class DependencyTests
{
    [Fact]
    public void The_runtime_refers_to_the_compiler_alone() => Assert.Equal(["Mllm.Compiler"],
        typeof(MultimodalModel).Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Mllm", StringComparison.Ordinal) || n == "mllmc"));
}
