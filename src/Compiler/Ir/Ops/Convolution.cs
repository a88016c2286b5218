using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The sizes of windows that slide over an axis, for convolution and pooling.</summary>
public static class Convolution
{
    /// <summary>The number of windows on an axis, or null where the last window would not end at the last element.</summary>
    public static Dim? Windows(Dim size, Dim kernel, Dim stride, Dim padding)
    {
        // (size + 2·padding - kernel) / stride + 1, as one quotient: it then reads as image / patch where kernel and stride are both the patch.
        if ((size + 2 * padding - kernel).Value is < 0)
            return null;
        return Dim.TryDivide(size + 2 * padding - kernel + stride, stride, out var windows) ? windows : null;
    }

    /// <summary>ceil(size / stride), or null where the size is symbolic and leaves a remainder.</summary>
    public static Dim? WindowsSame(Dim size, Dim stride)
    {
        if (Dim.TryDivide(size, stride, out var exact))
            return exact;
        return size.Value is { } s && stride.Value is > 0 and { } t ? (s - 1) / t + 1 : null;
    }

    /// <summary>The padding before and after an axis that gives ceil(size / stride) windows; the odd element stands after.</summary>
    public static (long Before, long After) SamePadding(long size, long kernel, long stride)
    {
        var total = Math.Max(((size - 1) / stride * stride) + kernel - size, 0);
        return (total / 2, total - (total / 2));
    }
}
