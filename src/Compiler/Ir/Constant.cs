using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <summary>A compile-time value: what hyperparameters and attributes hold.</summary>
public abstract record Constant
{
    /// <summary>The word for its type, as diagnostics say it.</summary>
    public abstract string Kind { get; }

    public static implicit operator Constant(long value) => new IntConstant(value);

    public static implicit operator Constant(Dim value) => new IntConstant(value);

    public static implicit operator Constant(double value) => new FloatConstant(value);

    public static implicit operator Constant(bool value) => new BoolConstant(value);

    public static implicit operator Constant(string value) => new StringConstant(value);
}

public sealed record IntConstant(Dim Size) : Constant
{
    public override string Kind => "int";

    /// <summary>The number; compile-time integers are always known.</summary>
    public long Value => Size.Value ?? throw new InvalidOperationException($"'{Size}' is not a compile-time number");

    public override string ToString() => Size.ToString();
}

public sealed record FloatConstant(double Value) : Constant
{
    public override string Kind => "float";

    public override string ToString() => Value.ToString("R", CultureInfo.InvariantCulture).Replace("E-0", "e-").Replace('E', 'e');
}

public sealed record BoolConstant(bool Value) : Constant
{
    public override string Kind => "bool";

    public override string ToString() => Value ? "true" : "false";
}

public sealed record StringConstant(string Value) : Constant
{
    public override string Kind => "string";

    public override string ToString() => $"\"{Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")}\"";
}

/// <summary>An activation function, by the name of its primitive.</summary>
public sealed record ActivationConstant(string Primitive) : Constant
{
    public override string Kind => "activation";

    public override string ToString() => Primitive;
}

public sealed record NoneConstant : Constant
{
    public override string Kind => "none";

    public override string ToString() => "none";
}

public sealed record ListConstant(ImmutableArray<Constant> Elements) : Constant
{
    public override string Kind => "list";

    public bool Equals(ListConstant? other) => other is not null && Elements.AsSpan().SequenceEqual(other.Elements.AsSpan());

    public override int GetHashCode() => Elements.Aggregate(3, HashCode.Combine);

    public override string ToString() => $"[{string.Join(", ", Elements)}]";
}
