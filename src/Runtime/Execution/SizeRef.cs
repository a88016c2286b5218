namespace Mllm.Runtime.Execution;

/// <summary>A size in a linked program: a number, or the place in a run's table of the one that its inputs decide.</summary>
public readonly struct SizeRef
{
    private readonly long _value;
    private readonly int _place;

    private SizeRef(long value, int place) => (_value, _place) = (value, place);

    /// <summary>Whether every run gives the same number.</summary>
    public bool IsKnown => _place == 0;

    internal static SizeRef Known(long value) => new(value, 0);

    internal static SizeRef At(int place) => new(0, place + 1);

    /// <summary>The number in a run.</summary>
    internal long In(long[] sizes) => _place == 0 ? _value : sizes[_place - 1];
}
