using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// Arithmetic on bfloat16 numbers in memory: a bfloat16 is the upper half of a float32, so a register of 32 of them is two registers of float32, the
/// even ones shifted up and the odd ones masked. Vectors that meet many others are kept widened in that order ("split").
/// </summary>
internal static unsafe class Bf16Vectors
{
    /// <summary>Numbers that are worked on at once; lengths are multiples of it.</summary>
    public const int Block = 32;

    private const int Half = Block / 2;

    private static readonly long[] One = [1];

    /// <summary>Where a tensor's first element lies; valid as long as the tensor lives. It has at least one.</summary>
    public static ushort* Start(Tensor tensor)
    {
        using var first = tensor.as_strided(One, One, tensor.storage_offset());
        fixed (byte* start = first.bytes)
            return (ushort*)start;
    }

    public static float Widen(ushort value) => BitConverter.UInt32BitsToSingle((uint)value << 16);

    /// <summary>Rounds to the nearest bfloat16, ties to even.</summary>
    public static ushort Narrow(float value)
    {
        var bits = BitConverter.SingleToUInt32Bits(value);
        return float.IsNaN(value) ? (ushort)((bits >> 16) | 0x40) : (ushort)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
    }

    /// <summary>Widens numbers; of each 32, the even ones come first.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Split(ushort* from, float* to, int count, float factor = 1)
    {
        for (var i = 0; i < count; i += Block)
        {
            var lanes = Vector512.Load((uint*)(from + i));
            (Even(lanes) * factor).Store(to + i);
            (Odd(lanes) * factor).Store(to + i + Half);
        }
    }

    /// <summary>Puts split numbers back in order, times a factor and rounded.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Join(float* from, ushort* to, int count, float factor)
    {
        for (var i = 0; i < count; i += Block)
            for (var k = 0; k < Half; k++)
            {
                to[i + 2 * k] = Narrow(from[i + k] * factor);
                to[i + 2 * k + 1] = Narrow(from[i + Half + k] * factor);
            }
    }

    /// <summary>The products of a split vector with four vectors whose starts are <paramref name="step"/> numbers apart.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Vector128<float> Dots(float* x, ushort* four, long step, int length)
    {
        Vector512<float> a0 = default, a1 = default, b0 = default, b1 = default, c0 = default, c1 = default, d0 = default, d1 = default;
        ushort* b = four + step, c = b + step, d = c + step;
        for (var i = 0; i < length; i += Block)
        {
            var even = Vector512.Load(x + i);
            var odd = Vector512.Load(x + i + Half);
            Add(ref a0, ref a1, four + i, even, odd);
            Add(ref b0, ref b1, b + i, even, odd);
            Add(ref c0, ref c1, c + i, even, odd);
            Add(ref d0, ref d1, d + i, even, odd);
        }
        return Vector128.Create(Vector512.Sum(a0 + a1), Vector512.Sum(b0 + b1), Vector512.Sum(c0 + c1), Vector512.Sum(d0 + d1));
    }

    /// <summary>The product of a split vector with one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Dot(float* x, ushort* one, int length)
    {
        Vector512<float> low = default, high = default;
        for (var i = 0; i < length; i += Block)
            Add(ref low, ref high, one + i, Vector512.Load(x + i), Vector512.Load(x + i + Half));
        return Vector512.Sum(low + high);
    }

    /// <summary>Adds a vector times a factor to a split sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddScaled(float* sum, ushort* vector, float factor, int length)
    {
        var scale = Vector512.Create(factor);
        for (var i = 0; i < length; i += Block)
        {
            var lanes = Vector512.Load((uint*)(vector + i));
            Vector512.FusedMultiplyAdd(Even(lanes), scale, Vector512.Load(sum + i)).Store(sum + i);
            Vector512.FusedMultiplyAdd(Odd(lanes), scale, Vector512.Load(sum + i + Half)).Store(sum + i + Half);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(ref Vector512<float> low, ref Vector512<float> high, ushort* numbers, Vector512<float> even, Vector512<float> odd)
    {
        var lanes = Vector512.Load((uint*)numbers);
        low = Vector512.FusedMultiplyAdd(Even(lanes), even, low);
        high = Vector512.FusedMultiplyAdd(Odd(lanes), odd, high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Even(Vector512<uint> lanes) => (lanes << 16).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Odd(Vector512<uint> lanes) => (lanes & Vector512.Create(0xffff0000u)).AsSingle();
}
