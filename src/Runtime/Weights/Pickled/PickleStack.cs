namespace Mllm.Runtime.Weights.Pickled;

/// <summary>The values that a pickle has made and not used yet, with the marks it has set among them.</summary>
internal sealed class PickleStack(PickleInput input)
{
    private readonly List<PickleValue> values = [];
    private readonly List<int> marks = [];

    // What lies below the last mark cannot be taken without the mark.
    private int Bottom => marks.Count > 0 ? marks[^1] : 0;

    public void Clear()
    {
        values.Clear();
        marks.Clear();
    }

    public void Push(PickleValue value) => values.Add(value);

    public void Mark() => marks.Add(values.Count);

    /// <summary>Takes the last value; as in Python, without one above the mark it is the mark that goes.</summary>
    public void Drop()
    {
        if (marks.Count > 0 && marks[^1] == values.Count) marks.RemoveAt(marks.Count - 1);
        else Pop();
    }

    /// <summary>The value that remains at the end.</summary>
    public PickleValue Only() =>
        values.Count == 1 && marks.Count == 0 ? values[0] : throw input.Malformed("it ends with values left over");

    public PickleValue Top() => values.Count > Bottom ? values[^1] : throw input.Malformed("a value is missing");

    public PickleValue Pop() => Pop(1)[0];

    /// <summary>Takes the last values, in the order they were pushed.</summary>
    public List<PickleValue> Pop(int count)
    {
        if (values.Count - Bottom < count) throw input.Malformed("a value is missing");
        var popped = values.GetRange(values.Count - count, count);
        values.RemoveRange(values.Count - count, count);
        return popped;
    }

    /// <summary>Takes the last mark and all values above it.</summary>
    public List<PickleValue> PopToMark()
    {
        if (marks.Count == 0) throw input.Malformed("a mark is missing");
        var popped = Pop(values.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return popped;
    }
}
