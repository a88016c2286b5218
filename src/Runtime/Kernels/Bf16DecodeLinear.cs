using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Few vectors times a bfloat16 matrix on the CPU. Such a product reads every weight for a handful of operations, so it is as fast as memory is read:
/// weights go through the vector registers once, and sums are kept in float32. LibTorch's product reads memory at about half the speed.
/// </summary>
public sealed unsafe class Bf16DecodeLinear : ILinearKernel
{
    /// <summary>More vectors than these are a matrix for LibTorch.</summary>
    private const int MostRows = 4;

    /// <summary>Outputs that are computed side by side, so that the vector is loaded once for all of them.</summary>
    private const int Together = 4;

    /// <summary>The least number of weights for which another thread is worth waking.</summary>
    private const long WorthAThread = 1 << 18;

    public int Rank => 0;

    public bool Accepts(in LinearUse use) =>
        use is { Format: WeightFormat.BFloat16, Phase: Phase.Decode, Device: DeviceType.CPU, Gradients: false, Transposed: false, Rows: > 0 and <= MostRows }
        && use.In % Bf16Vectors.Block == 0 && use.Out % Together == 0 && Vector512.IsHardwareAccelerated;

    public Tensor Run(Tensor x, Tensor weight, Tensor? bias)
    {
        var (inputs, outputs) = ((int)weight.size(1), (int)weight.size(0));
        using var vectors = x.contiguous();
        using var matrix = weight.contiguous();
        using var offsets = bias?.contiguous();
        var rows = (int)(x.numel() / inputs);
        var shape = x.shape;
        shape[^1] = outputs;
        var result = empty(shape, ScalarType.BFloat16, CPU);
        var wide = (float*)NativeMemory.AlignedAlloc((nuint)(rows * inputs) * sizeof(float), 64);
        Bf16Vectors.Split(Bf16Vectors.Start(vectors), wide, rows * inputs);
        Multiply(wide, Bf16Vectors.Start(matrix), offsets is null ? null : Bf16Vectors.Start(offsets), Bf16Vectors.Start(result), rows, inputs, outputs);
        NativeMemory.AlignedFree(wide);
        return result;
    }

    private static void Multiply(float* x, ushort* weight, ushort* bias, ushort* result, int rows, int inputs, int outputs)
    {
        var groups = outputs / Together;
        Workers.Split(groups, (long)inputs * outputs / WorthAThread, (from, to) =>
        {
            for (var group = from; group < to; group++)
                for (var row = 0; row < rows; row++)
                {
                    var sums = Bf16Vectors.Dots(x + (long)row * inputs, weight + (long)group * Together * inputs, inputs, inputs);
                    for (var i = 0; i < Together; i++)
                    {
                        var output = group * Together + i;
                        result[(long)row * outputs + output] = Bf16Vectors.Narrow(sums[i] + (bias is null ? 0 : Bf16Vectors.Widen(bias[output])));
                    }
                }
        });
    }
}
