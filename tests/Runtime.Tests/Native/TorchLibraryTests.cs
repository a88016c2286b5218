using Mllm.Runtime.Native;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public class TorchLibraryTests
{
    [Fact]
    public void Tensors_can_be_made_after_loading()
    {
        TorchLibrary.Load();
        using var sum = torch.tensor(new float[] { 1, 2, 3 }).sum();
        Assert.Equal(6f, sum.item<float>());
    }

    [Fact]
    public void Loading_again_gives_the_same_report()
    {
        var first = TorchLibrary.Load();
        Assert.Same(first, TorchLibrary.Load());
        Assert.Same(first, TorchLibrary.Report);
        Assert.True(File.Exists(first.LibtorchPath));
    }
}
