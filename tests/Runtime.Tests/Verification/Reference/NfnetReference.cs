using Mllm.Runtime.Tests.Kernels;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>NFNet without its classifier (Brock et al., 2021), from the paper and the released code's conventions, on one picture.</summary>
/// <param name="weights">The parameters by their names below the encoder.</param>
internal sealed class NfnetReference(Func<string, Nd> weights)
{
    private const double Alpha = 0.2;

    /// <summary>The grid of the last layer, [channels, height, width].</summary>
    public Nd Grid(Nd picture, int[] depths, int[] widths, int group)
    {
        var x = Conv("stem_conv0", picture, stride: 2);
        x = Conv("stem_conv1", Gelu(x));
        x = Conv("stem_conv2", Gelu(x));
        x = Conv("stem_conv3", Gelu(x), stride: 2);
        // Each block divides by the deviation that its input is expected to have.
        var deviation = 1.0;
        for (var stage = 0; stage < depths.Length; stage++)
            for (var block = 0; block < depths[stage]; block++)
            {
                x = Block($"stages.{stage}.{(block == 0 ? "first" : $"others.{block - 1}")}", x, widths[stage], block == 0 && stage > 0 ? 2 : 1, 1 / deviation, widths[stage] / 2 / group);
                deviation = Math.Sqrt((block == 0 ? 1 : deviation * deviation) + Alpha * Alpha);
            }
        return Gelu(Conv("final_conv", x));
    }

    private Nd Block(string name, Nd x, int width, int stride, double beta, int groups)
    {
        var a = Gelu(x).Map(v => v * beta);
        var shortcut = stride > 1 || x.Shape[0] != width ? Conv($"{name}.conv_shortcut", stride > 1 ? Halve(a) : a) : x;
        var y = Gelu(Conv($"{name}.conv0", a));
        y = Gelu(Conv($"{name}.conv1", y, stride, groups));
        y = Gelu(Conv($"{name}.conv1b", y, 1, groups));
        y = Conv($"{name}.conv2", y);
        double[][] means = [[.. Enumerable.Range(0, width).Select(c => y.Row(c).Data.Average())]];
        var hidden = Plain.Map(Plain.Linear(means, weights($"{name}.se.fc0.weight"), weights($"{name}.se.fc0.bias")), Plain.Relu);
        var gates = Plain.Map(Plain.Linear(hidden, weights($"{name}.se.fc1.weight"), weights($"{name}.se.fc1.bias")), v => 1 / (1 + Math.Exp(-v)))[0];
        var gain = weights($"{name}.skip_gain").Data[0];
        return Nd.Make(y.Shape, i => shortcut[i] + Alpha * gain * 2 * gates[i[0]] * y[i]);
    }

    /// <summary>A convolution with standardised weights, and as many zeros around as give ceil(size / stride) places.</summary>
    private Nd Conv(string name, Nd x, int stride = 1, int groups = 1)
    {
        var (weight, gain, bias) = (weights($"{name}.weight"), weights($"{name}.gain"), weights($"{name}.bias"));
        var (outputs, inputs, kernel) = (weight.Shape[0], weight.Shape[1], weight.Shape[2]);
        var standardised = Enumerable.Range(0, outputs).Select(o =>
        {
            var own = weight.Row(o);
            var mean = own.Data.Average();
            var variance = own.Data.Average(v => (v - mean) * (v - mean));
            return own.Map(v => (v - mean) * gain.Data[o] / Math.Sqrt(Math.Max(variance * own.Data.Length, 1e-4)));
        }).ToArray();
        var places = (x.Shape[1] + stride - 1) / stride;
        var before = Math.Max(0, (places - 1) * stride + kernel - x.Shape[1]) / 2;
        return Nd.Make([outputs, places, places], at =>
        {
            var (sum, from) = (bias.Data[at[0]], at[0] / (outputs / groups) * inputs);
            for (var c = 0; c < inputs; c++)
                for (var i = 0; i < kernel; i++)
                    for (var j = 0; j < kernel; j++)
                        if (at[1] * stride - before + i is var row && row >= 0 && row < x.Shape[1] && at[2] * stride - before + j is var column && column >= 0 && column < x.Shape[2])
                            sum += standardised[at[0]].Data[(c * kernel + i) * kernel + j] * x.Data[((from + c) * x.Shape[1] + row) * x.Shape[2] + column];
            return sum;
        });
    }

    private static Nd Halve(Nd x) => Nd.Make([x.Shape[0], x.Shape[1] / 2, x.Shape[2] / 2],
        i => (x[i[0], 2 * i[1], 2 * i[2]] + x[i[0], 2 * i[1] + 1, 2 * i[2]] + x[i[0], 2 * i[1], 2 * i[2] + 1] + x[i[0], 2 * i[1] + 1, 2 * i[2] + 1]) / 4);

    /// <summary>The tanh form of GELU, with the factor that keeps the variance of a normal input at one.</summary>
    private static Nd Gelu(Nd x) => x.Map(v => 1.7015043497085571 * 0.5 * v * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (v + 0.044715 * v * v * v))));
}
