using TorchSharp;

namespace Mllm.Runtime.Weights;

/// <summary>How the element types of files and of the tensor library correspond.</summary>
public static class TorchDtypes
{
    // Kept, because TorchSharp does not keep a temporary one alive while LibTorch reads it.
    private static readonly Scalar Zero = 0;

    /// <summary>
    /// The type in which a tensor of a file is read where no other is asked for: the same, or a wider one that holds every value.
    /// </summary>
    public static torch.ScalarType InMemory(WeightDtype dtype) => dtype switch
    {
        WeightDtype.F8_E4M3 or WeightDtype.F8_E5M2 or WeightDtype.F8_E8M0 => torch.ScalarType.Float32,
        WeightDtype.U16 => torch.ScalarType.Int32,
        WeightDtype.U32 => torch.ScalarType.Int64,
        WeightDtype.BOOL => torch.ScalarType.Bool,
        _ => Raw(dtype),
    };

    /// <summary>The file's name for a type of the tensor library.</summary>
    /// <exception cref="NotSupportedException">for quantised types and wide complex numbers, which the format does not have</exception>
    public static WeightDtype InFile(torch.ScalarType dtype) => dtype switch
    {
        torch.ScalarType.Float64 => WeightDtype.F64,
        torch.ScalarType.Float32 => WeightDtype.F32,
        torch.ScalarType.Float16 => WeightDtype.F16,
        torch.ScalarType.BFloat16 => WeightDtype.BF16,
        torch.ScalarType.Int64 => WeightDtype.I64,
        torch.ScalarType.Int32 => WeightDtype.I32,
        torch.ScalarType.Int16 => WeightDtype.I16,
        torch.ScalarType.Int8 => WeightDtype.I8,
        torch.ScalarType.Byte => WeightDtype.U8,
        torch.ScalarType.Bool => WeightDtype.BOOL,
        torch.ScalarType.ComplexFloat32 => WeightDtype.C64,
        _ => throw new NotSupportedException($"safetensors files do not hold {dtype}"),
    };

    /// <summary>A type of the same element size, to hold the bytes as they are in the file.</summary>
    internal static torch.ScalarType Raw(WeightDtype dtype) => dtype switch
    {
        WeightDtype.F64 => torch.ScalarType.Float64,
        WeightDtype.F32 => torch.ScalarType.Float32,
        WeightDtype.F16 => torch.ScalarType.Float16,
        WeightDtype.BF16 => torch.ScalarType.BFloat16,
        WeightDtype.C64 => torch.ScalarType.ComplexFloat32,
        WeightDtype.I64 or WeightDtype.U64 => torch.ScalarType.Int64,
        WeightDtype.I32 or WeightDtype.U32 => torch.ScalarType.Int32,
        WeightDtype.I16 or WeightDtype.U16 => torch.ScalarType.Int16,
        WeightDtype.I8 => torch.ScalarType.Int8,
        _ => torch.ScalarType.Byte,
    };

    /// <summary>True where the file's bytes are the tensor library's bytes.</summary>
    internal static bool IsNative(WeightDtype dtype) =>
        dtype is WeightDtype.F64 or WeightDtype.F32 or WeightDtype.F16 or WeightDtype.BF16 or WeightDtype.C64
            or WeightDtype.I64 or WeightDtype.I32 or WeightDtype.I16 or WeightDtype.I8 or WeightDtype.U8;

    /// <summary>The values that raw elements stand for, as <see cref="InMemory"/>.</summary>
    /// <exception cref="InvalidDataException">for unsigned 64-bit numbers of 2^63 and more</exception>
    internal static torch.Tensor Decode(WeightDtype dtype, torch.Tensor raw)
    {
        switch (dtype)
        {
            case WeightDtype.F8_E4M3 or WeightDtype.F8_E5M2 or WeightDtype.F8_E8M0:
                return torch.tensor(Float8.Table(dtype)).index_select(0, raw.to(torch.ScalarType.Int64));
            case WeightDtype.U16:
                return raw.to(torch.ScalarType.Int32).bitwise_and(torch.tensor(0xFFFF));
            case WeightDtype.U32:
                return raw.to(torch.ScalarType.Int64).bitwise_and(torch.tensor(0xFFFF_FFFFL));
            case WeightDtype.U64 when raw.lt(Zero).any().item<bool>():
                throw new InvalidDataException("an unsigned 64-bit number of 2^63 or more does not fit a tensor");
            case WeightDtype.BOOL:
                // Any byte may stand in a file; in memory a truth value must be 0 or 1.
                return raw.ne(Zero);
            default:
                return raw;
        }
    }
}
