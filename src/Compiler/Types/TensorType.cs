using System.Collections.Immutable;

namespace Mllm.Compiler.Types;

/// <summary>What a tensor's elements are; the width of <c>Float</c> is chosen when the model is materialised.</summary>
public enum ElementKind { Float, Int, Bool }

/// <summary>The type of one sample's tensor: its element kind and its shape, which may hold symbolic sizes.</summary>
public sealed record TensorType(ElementKind Kind, ImmutableArray<Dim> Shape)
{
    public static TensorType Float(params ImmutableArray<Dim> shape) => new(ElementKind.Float, shape);

    public static TensorType Int(params ImmutableArray<Dim> shape) => new(ElementKind.Int, shape);

    public static TensorType Bool(params ImmutableArray<Dim> shape) => new(ElementKind.Bool, shape);

    public int Rank => Shape.Length;

    /// <summary>The number of elements.</summary>
    public Dim Count => Shape.Aggregate(Dim.One, (a, b) => a * b);

    public TensorType WithShape(params ImmutableArray<Dim> shape) => this with { Shape = shape };

    /// <summary>The type with runtime sizes replaced.</summary>
    public TensorType Substitute(IReadOnlyDictionary<string, Dim> sizes) => this with { Shape = [.. Shape.Select(d => d.Substitute(sizes))] };

    public bool Equals(TensorType? other) => other is not null && Kind == other.Kind && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    public override int GetHashCode() => Shape.Aggregate((int)Kind, (h, d) => HashCode.Combine(h, d));

    public override string ToString()
    {
        var prefix = Kind switch { ElementKind.Int => "ids", ElementKind.Bool => "mask", _ => "" };
        return $"{prefix}[{string.Join(", ", Shape)}]";
    }
}
