using System.Diagnostics.CodeAnalysis;

namespace Mllm.Runtime.Native;

/// <summary>What a user's option value means on this machine and why, or the problem with it, in words for that user.</summary>
public sealed record Choice<T>
{
    private Choice(T? value, string why, string? problem) => (Value, Why, Problem) = (value, why, problem);

    /// <summary>The chosen value; meaningless when there is a <see cref="Problem"/>.</summary>
    public T? Value { get; }

    /// <summary>Why it was chosen: "asked for", or the reason behind "auto".</summary>
    public string Why { get; }

    /// <summary>What was found and what was expected; null when the value is good.</summary>
    public string? Problem { get; }

    /// <summary>Whether <see cref="Value"/> can be used.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsValid => Problem is null;

    internal static Choice<T> Of(T value, string why = "asked for") => new(value, why, null);

    internal static Choice<T> Refused(string problem) => new(default, "", problem);
}
