using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace Mllm.Runtime.Weights;

/// <summary>A value, or the errors that stand in its way: exactly one of the two.</summary>
public sealed class WeightsResult<T>
    where T : class
{
    private WeightsResult(T? value, ImmutableArray<WeightsError> errors) => (Value, Errors) = (value, errors);

    /// <summary>The value, or null where there are errors.</summary>
    public T? Value { get; }

    /// <summary>The errors, in the order found; empty where there is a value.</summary>
    public ImmutableArray<WeightsError> Errors { get; }

    /// <summary>True where there is a value.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    public bool Ok => Value is not null;

    public static implicit operator WeightsResult<T>(T value) => new(value, []);

    public static implicit operator WeightsResult<T>(WeightsError error) => new(null, [error]);

    /// <summary>A failure with several errors.</summary>
    /// <exception cref="ArgumentException">if there is no error in it</exception>
    public static WeightsResult<T> Failed(IEnumerable<WeightsError> errors)
    {
        var all = errors.ToImmutableArray();
        return all.IsEmpty ? throw new ArgumentException("a failure needs an error", nameof(errors)) : new(null, all);
    }
}
