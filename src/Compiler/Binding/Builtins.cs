using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>The compile-time functions on numbers and lists.</summary>
internal static class Builtins
{
    public static ImmutableArray<string> Names { get; } = ["floor", "ceil", "round_up", "min", "max", "len", "sqrt"];

    /// <summary>The value, or null when the arguments do not fit.</summary>
    public static BoundValue? Call(string name, IReadOnlyList<BoundValue> arguments) => (name, arguments) switch
    {
        ("floor", [var a]) => Rounded(a, Math.Floor),
        ("ceil", [var a]) => Rounded(a, Math.Ceiling),
        ("round_up", [var a, var m]) when Whole(a) is { } x && Whole(m) is > 0 and var y => new ConstantValue((x + y - 1) / y * y),
        ("sqrt", [var a]) when Real(a) is { } x => new ConstantValue(Math.Sqrt(x)),
        ("len", [ListValue l]) => new ConstantValue(l.Elements.Length),
        ("min", { Count: > 0 }) => Extreme(arguments, (x, y) => x <= y),
        ("max", { Count: > 0 }) => Extreme(arguments, (x, y) => x >= y),
        _ => null,
    };

    private static BoundValue? Extreme(IReadOnlyList<BoundValue> arguments, Func<double, double, bool> better)
    {
        if (arguments.Any(a => Real(a) is null))
            return null;
        return arguments.Aggregate((best, a) => better(Real(best)!.Value, Real(a)!.Value) ? best : a);
    }

    private static BoundValue? Rounded(BoundValue value, Func<double, double> round) =>
        value is ConstantValue { Constant: IntConstant } ? value : Real(value) is { } x && Math.Abs(x) < 9e15 ? new ConstantValue((long)round(x)) : null;

    private static long? Whole(BoundValue value) => value is ConstantValue { Constant: IntConstant { Size.Value: { } i } } ? i : null;

    private static double? Real(BoundValue value) => value is ConstantValue { Constant: FloatConstant f } ? f.Value : Whole(value);
}
