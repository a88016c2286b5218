using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The checks that many ops share, with one wording for what was found and what was expected.</summary>
internal static class Expectations
{
    /// <summary>Whether the operand holds floating-point numbers; reports it otherwise.</summary>
    public static bool ExpectFloat(this InferContext context, int constraint, int operand, string name) =>
        context.ExpectKind(constraint, operand, name, ElementKind.Float);

    /// <summary>Whether the operand's elements are of the kind; reports it otherwise.</summary>
    public static bool ExpectKind(this InferContext context, int constraint, int operand, string name, ElementKind kind)
    {
        if (context[operand].Kind == kind)
            return true;
        context.Violate(constraint, operand, $"`{name}` is {context[operand]}, expected {Describe(kind)}");
        return false;
    }

    /// <summary>Whether the operand has the number of axes; reports it otherwise.</summary>
    /// <param name="pattern">The expected shape in words of the documentation, such as <c>[n, dim]</c>.</param>
    public static bool ExpectRank(this InferContext context, int constraint, int operand, string name, int rank, string pattern)
    {
        var found = context[operand];
        if (found.Rank == rank)
            return true;
        context.Violate(constraint, operand, $"`{name}` is {found} with {Axes(found.Rank)}, expected {Axes(rank)}: {pattern}");
        return false;
    }

    /// <summary>The size of the operand's last axis when it is there and equals the attribute; reports it otherwise.</summary>
    public static bool ExpectLastAxis(this InferContext context, int constraint, int operand, string name, string attribute)
    {
        var found = context[operand];
        var expected = context.Attributes.Size(attribute);
        if (found.Rank == 0)
            context.Violate(constraint, operand, $"`{name}` has no axes, expected a last axis of {expected} elements (`{attribute}`)");
        else if (found.Shape[^1] != expected)
            context.Violate(constraint, operand, $"the last axis has {found.Shape[^1]} elements, `{attribute}` is {expected}");
        else
            return true;
        return false;
    }

    /// <summary>The axis counted from the front, or null (reported) when the operand has no such axis.</summary>
    public static int? ExpectAxis(this InferContext context, int constraint, int operand, string name)
    {
        var (axis, type) = (context.Attributes.Int("axis"), context[operand]);
        if (axis >= -type.Rank && axis < type.Rank)
            return (int)(axis < 0 ? axis + type.Rank : axis);
        context.Violate(constraint, operand, type.Rank == 0
            ? $"`{name}` has no axes, `axis` is {axis}"
            : $"`{name}` is {type} with {Axes(type.Rank)}, `axis` is {axis}, expected {-type.Rank} to {type.Rank - 1}");
        return null;
    }

    /// <summary>Whether the attribute is at least the bound; reports it otherwise.</summary>
    public static bool ExpectAtLeast(this InferContext context, int constraint, string attribute, long bound)
    {
        if (context.Attributes.Size(attribute).Value is not { } value || value >= bound)
            return true;
        context.Violate(constraint, null, $"`{attribute}` is {value}, expected at least {bound}");
        return false;
    }

    /// <summary>Whether a number that may be left out is zero or more; reports it otherwise.</summary>
    public static bool ExpectNotNegative(this InferContext context, int constraint, string attribute)
    {
        if (!context.Attributes.Has(attribute) || context.Attributes.Float(attribute) >= 0)
            return true;
        context.Violate(constraint, null, $"`{attribute}` is {context.Attributes[attribute]}, expected no less than 0");
        return false;
    }

    /// <summary>The shape of two operands that stretch to each other: sizes 1 and missing leading axes. Reports sizes that do not.</summary>
    public static ImmutableArray<Dim> ExpectBroadcast(this InferContext context, int constraint)
    {
        var (x, y) = (context[0], context[1]);
        var rank = Math.Max(x.Rank, y.Rank);
        var shape = ImmutableArray.CreateBuilder<Dim>(rank);
        for (var axis = rank; axis >= 1; axis--)
        {
            var (a, b) = (axis <= x.Rank ? x.Shape[^axis] : Dim.One, axis <= y.Rank ? y.Shape[^axis] : Dim.One);
            if (a != b && a != Dim.One && b != Dim.One)
                context.Violate(constraint, 1, $"`x` is {x} and `y` is {y}: axis -{axis} has {a} elements in `x` and {b} in `y`, expected equal sizes or 1");
            shape.Add(a == Dim.One ? b : a);
        }
        return shape.MoveToImmutable();
    }

    public static string Axes(int rank) => rank switch { 0 => "no axes", 1 => "1 axis", _ => $"{rank} axes" };

    private static string Describe(ElementKind kind) => kind switch
    {
        ElementKind.Float => "a floating-point tensor",
        ElementKind.Int => "ids",
        _ => "a mask",
    };
}
