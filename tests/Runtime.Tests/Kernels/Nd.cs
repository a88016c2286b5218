using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>A plain array of doubles with a shape: what the reference computations work on, without LibTorch.</summary>
internal sealed class Nd(int[] shape, double[] data)
{
    public Nd(params int[] shape) : this(shape, new double[shape.Aggregate(1, (a, b) => a * b)]) { }

    public int[] Shape => shape;

    public double[] Data => data;

    public int Rank => shape.Length;

    public double this[params int[] index]
    {
        get => data[Offset(index)];
        set => data[Offset(index)] = value;
    }

    /// <summary>A new array, each element made from its index.</summary>
    public static Nd Make(int[] shape, Func<int[], double> element)
    {
        var made = new Nd(shape);
        foreach (var index in Indices(shape))
            made[index] = element(index);
        return made;
    }

    public static IEnumerable<int[]> Indices(int[] shape)
    {
        var count = shape.Aggregate(1, (a, b) => a * b);
        for (var flat = 0; flat < count; flat++)
        {
            var (index, rest) = (new int[shape.Length], flat);
            for (var axis = shape.Length - 1; axis >= 0; axis--)
                (index[axis], rest) = (rest % shape[axis], rest / shape[axis]);
            yield return index;
        }
    }

    public Nd Map(Func<double, double> f) => new(shape, Array.ConvertAll(data, x => f(x)));

    /// <summary>The sample at a place of the first axis.</summary>
    public Nd Row(int row)
    {
        var size = data.Length / shape[0];
        return new Nd(shape[1..], data[(row * size)..((row + 1) * size)]);
    }

    public static Nd Of(Tensor tensor)
    {
        using var wide = tensor.to(ScalarType.Float64, CPU);
        using var plain = wide.contiguous();
        return new Nd([.. plain.shape.Select(s => (int)s)], plain.numel() == 0 ? [] : plain.data<double>().ToArray());
    }

    public Tensor ToTensor(ScalarType dtype)
    {
        using var flat = from_array(data);
        using var shaped = flat.view([.. shape.Select(s => (long)s)]);
        return shaped.to(dtype, copy: true);
    }

    private int Offset(int[] index)
    {
        var offset = 0;
        for (var axis = 0; axis < shape.Length; axis++)
            offset = offset * shape[axis] + index[axis];
        return offset;
    }
}
