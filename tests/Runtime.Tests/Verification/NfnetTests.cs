using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Models;
using Mllm.Runtime.Tests.Verification.Reference;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Verification;

/// <summary>The paper's encoder has no released weights of the Flamingo kind: here it is compared with a plain computation.</summary>
public class NfnetTests
{
    [Fact]
    public void The_encoder_of_the_paper_is_nfnet()
    {
        using var model = new TinyModel("architectures/flamingo.mllm|tiny-paper", ScalarType.Float64);
        var random = new Random(5);
        var picture = Nd.Make([3, 64, 64], _ => 2 * KernelCheck.Uniform(random));
        var reference = new NfnetReference(name => Nd.Of(model.Model.Weights.Parameters[$"vision.{name}"]));
        var grid = reference.Grid(picture, depths: [1, 2, 6, 3], widths: [32, 64, 96, 96], group: 16);

        using var scope = NewDisposeScope();
        var output = model.Program.Outputs.Single(o => o.Name == "vision.last_hidden_state");
        var found = Nd.Of(model.Model.Output(output.Entry, new Dictionary<string, Tensor> { ["vision"] = picture.ToTensor(ScalarType.Float64).view(1, 1, 3, 64, 64) }));
        // The grid row by row, a place's channels together.
        var expected = Nd.Make([1, grid.Shape[1] * grid.Shape[2], grid.Shape[0]], i => grid[i[2], i[1] / grid.Shape[2], i[1] % grid.Shape[2]]);
        KernelCheck.AssertClose(expected, found, 1e-12 * expected.Data.Max(Math.Abs), "vision.last_hidden_state");
    }
}
