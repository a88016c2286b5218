using System.Runtime.InteropServices;
using Mllm.Runtime.Tests.Kernels;
using Mllm.Runtime.Tests.Weights;
using Mllm.Runtime.Weights;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>Collects a reference's inputs and outputs, and writes the folder that <c>mllmc verify</c> takes.</summary>
internal sealed class GoldenFolder
{
    private readonly List<TensorData> _inputs = [], _expected = [];

    public void Input(string name, Nd values) => _inputs.Add(Single(name, values));

    public void Input(string name, long[] shape, IEnumerable<long> values) => _inputs.Add(Integers(name, shape, values));

    public void Expect(string name, long[] shape, IEnumerable<double> values) =>
        _expected.Add(TensorData.OfBytes(name, WeightDtype.F64, [.. shape], MemoryMarshal.AsBytes<double>(values.ToArray()).ToArray()));

    /// <summary>Rows of different lengths, [rows, longest, width]; the padding is zeros.</summary>
    public void Expect(string name, double[][][] rows, bool padLeft = false)
    {
        var (length, width) = (rows.Max(r => r.Length), rows[0][0].Length);
        Expect(name, [rows.Length, length, width], rows.SelectMany(r => Pad(r.SelectMany(x => x), length * width, 0.0, padLeft)));
    }

    public void Expect(string name, long[] shape, IEnumerable<long> values) => _expected.Add(Integers(name, shape, values));

    public static IEnumerable<T> Pad<T>(IEnumerable<T> values, int length, T padding, bool left = false)
    {
        var all = values.ToList();
        var missing = Enumerable.Repeat(padding, length - all.Count);
        return left ? missing.Concat(all) : all.Concat(missing);
    }

    public void Write(TemporaryFolder folder, DrawnWeights weights, string config)
    {
        folder.Put("config.json", config);
        SafetensorsWriter.Write(folder["model.safetensors"], weights.All.Select(w => Single(w.Key, w.Value)));
        SafetensorsWriter.Write(folder["inputs.safetensors"], _inputs);
        SafetensorsWriter.Write(folder["expected.safetensors"], _expected);
    }

    private static TensorData Single(string name, Nd values) =>
        TensorData.OfBytes(name, WeightDtype.F32, [.. values.Shape.Select(s => (long)s)], MemoryMarshal.AsBytes<float>(Array.ConvertAll(values.Data, v => (float)v)).ToArray());

    private static TensorData Integers(string name, long[] shape, IEnumerable<long> values) =>
        TensorData.OfBytes(name, WeightDtype.I64, [.. shape], MemoryMarshal.AsBytes<long>(values.ToArray()).ToArray());
}
