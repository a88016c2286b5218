using Mllm.Compiler.Types;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>Compares every real tensor with the type that the compiler inferred for it. A difference is a bug in one of the two.</summary>
internal static class ShapeGuard
{
    /// <summary>Checks one result.</summary>
    /// <exception cref="ShapeMismatchException">The shape or the element type is not the inferred one.</exception>
    public static void Check(Instruction instruction, Tensor found, ProgramRun run)
    {
        var expected = Array.ConvertAll(instruction.Shape!, size => size.In(run.Sizes));
        var dtype = instruction.Type!.Kind switch
        {
            ElementKind.Int => ScalarType.Int64,
            ElementKind.Bool => ScalarType.Bool,
            _ => run.Program.Model.Dtype,
        };
        if (!found.shape.AsSpan().SequenceEqual(expected))
            throw new ShapeMismatchException($"{Place(instruction, run)} has the type {instruction.Type}, here [{string.Join(", ", expected)}] with its rows, "
                + $"but the tensor is [{string.Join(", ", found.shape)}]");
        if (found.dtype != dtype)
            throw new ShapeMismatchException($"{Place(instruction, run)} has the type {instruction.Type}, stored as {dtype}, but the tensor is {found.dtype}");
    }

    private static string Place(Instruction instruction, ProgramRun run) =>
        $"entry '{run.Program.Name}': the result of `{instruction.Op}`{(instruction.Path.Length > 0 ? $" at '{instruction.Path}'" : "")}";
}

/// <summary>A tensor does not have the type that the compiler inferred: a bug, in a shape rule or in a kernel.</summary>
public sealed class ShapeMismatchException(string message) : Exception(message);
