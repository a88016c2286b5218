using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Kernels;
using Mllm.Runtime.Native;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

public class LinearKernelTests
{
    public LinearKernelTests() => TorchLibrary.Load();

    [Theory]
    [InlineData(1, 32, 4, false)]
    [InlineData(1, 2048, 1028, true)]
    [InlineData(3, 96, 12, true)]
    [InlineData(4, 4096, 256, false)]
    public void The_decoding_product_is_the_exact_one_rounded(int rows, int inputs, int outputs, bool hasBias)
    {
        var random = new Random(5);
        using var x = Drawn(random, rows, 1, inputs);
        using var weight = Drawn(random, outputs, inputs);
        using var bias = hasBias ? Drawn(random, outputs) : null;
        var threads = get_num_threads();
        set_num_threads(3);
        using var result = new Bf16DecodeLinear().Run(x, weight, bias);
        set_num_threads(threads);
        var (v, w, b) = (Nd.Of(x), Nd.Of(weight), bias is null ? null : Nd.Of(bias));
        var found = Nd.Of(result);
        Assert.Equal([rows, 1, outputs], found.Shape);
        for (var r = 0; r < rows; r++)
            for (var o = 0; o < outputs; o++)
            {
                double sum = b?[o] ?? 0, size = Math.Abs(sum);
                for (var i = 0; i < inputs; i++)
                    (sum, size) = (sum + v[r, 0, i] * w[o, i], size + Math.Abs(v[r, 0, i] * w[o, i]));
                // Half a unit of bfloat16, and in front of it float32 sums of inputs / 32 terms in each lane and five more steps across lanes.
                var tolerance = Math.Abs(sum) * Math.Pow(2, -8) + size * (inputs / 32 + 6) * Math.Pow(2, -24);
                Assert.True(Math.Abs(sum - found[r, 0, o]) <= tolerance, $"row {r}, output {o}: {found[r, 0, o]}, expected {sum} within {tolerance}");
            }
    }

    /// <summary>LibTorch's way through a product for each row is far slower; nothing else shows which way it took.</summary>
    [Theory]
    [InlineData(1, 1, 0, false)]
    [InlineData(1, 1, 4, true)]
    [InlineData(3, 1, 4, false)]
    [InlineData(3, 2, 1, false)]
    [InlineData(3, 2, 3, true)]
    public void Positions_cut_out_of_many_are_one_matrix(int rows, int positions, int first, bool hasBias)
    {
        using var scope = NewDisposeScope();
        var random = new Random(9);
        var (weight, bias) = (Drawn(random, 12, 8), hasBias ? Drawn(random, 12) : null);
        var cut = Drawn(random, rows, 5, 8).narrow(1, first, positions);
        var apart = cut.reshape(-1, 8).clone();
        var found = new TorchLinear().Run(cut, weight, bias);
        Assert.Equal([rows, positions, 12], found.shape);
        Assert.Equal(0, found.view(-1, 12).Apart(nn.functional.linear(apart, weight, bias)));
    }

    [Fact]
    public void Special_numbers_pass_through()
    {
        using var x = ones([1, 32], ScalarType.BFloat16);
        using var weight = zeros([4, 32], ScalarType.BFloat16);
        weight[0, 3] = float.PositiveInfinity;
        weight[1, 4] = float.NaN;
        weight[2, 5] = -1e-40f;
        using var result = new Bf16DecodeLinear().Run(x, weight, null);
        var found = Nd.Of(result);
        Assert.Equal(double.PositiveInfinity, found[0, 0]);
        Assert.True(double.IsNaN(found[0, 1]));
        Assert.Equal(Nd.Of(weight)[2, 5], found[0, 2]);
        Assert.Equal(0, found[0, 3]);
    }

    [Fact]
    public void It_is_taken_for_decoding_in_bfloat16_on_the_cpu_alone()
    {
        var use = new LinearUse(WeightFormat.BFloat16, Phase.Decode, DeviceType.CPU, 1, 64, 8, Gradients: false);
        var kernel = new Bf16DecodeLinear();
        Assert.Equal(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated, kernel.Accepts(use));
        Assert.False(kernel.Accepts(use with { Phase = Phase.Prefill }));
        Assert.False(kernel.Accepts(use with { Format = WeightFormat.Float32 }));
        Assert.False(kernel.Accepts(use with { Device = DeviceType.CUDA }));
        Assert.False(kernel.Accepts(use with { Gradients = true }));
        Assert.False(kernel.Accepts(use with { Rows = 5 }));
        Assert.False(kernel.Accepts(use with { In = 48 }));
        Assert.False(kernel.Accepts(use with { Out = 6 }));
        Assert.False(kernel.Accepts(use with { Transposed = true }));
    }

    [Fact]
    public void A_kernel_that_is_added_is_asked_by_phase_and_format()
    {
        var f = new FunctionBuilder("main");
        var x = f.Input("x", TensorType.Float(Dim.Symbol("text"), 4));
        var main = f.Build(f.Op("linear", [x], "proj", attributes: [("in", (Constant)4), ("out", (Constant)6)]));
        using var model = Graphs.Model(Graphs.Of([main]), ScalarType.Float32);
        var added = new Doubling();
        var executor = new Executor(model, new ExecutorOptions(GuardShapes: true, [added]));
        using var input = ones(2, 3, 4);
        var context = new RunContext { Phase = Phase.Prefill };
        var plain = Run();
        context.Phase = Phase.Decode;
        KernelCheck.AssertClose(plain.Map(e => 2 * e), Run(), 0, "decode");
        Assert.Equal([new(WeightFormat.Float32, Phase.Prefill, DeviceType.CPU, 6, 4, 6, false), new(WeightFormat.Float32, Phase.Decode, DeviceType.CPU, 6, 4, 6, false)], added.Asked);

        Nd Run()
        {
            using var result = executor.Run("main", [input], context)[0];
            return Nd.Of(result);
        }
    }

    private static Tensor Drawn(Random random, params int[] shape) => Nd.Make(shape, _ => KernelCheck.Uniform(random)).ToTensor(ScalarType.BFloat16);

    /// <summary>Doubles what it computes, for decoding only.</summary>
    private sealed class Doubling : ILinearKernel
    {
        public List<LinearUse> Asked { get; } = [];

        public int Rank => -1;

        public bool Accepts(in LinearUse use)
        {
            Asked.Add(use);
            return use.Phase == Phase.Decode;
        }

        public Tensor Run(Tensor x, Tensor weight, Tensor? bias)
        {
            using var once = nn.functional.linear(x, weight, bias);
            using Scalar two = 2;
            return once.mul(two);
        }
    }
}
