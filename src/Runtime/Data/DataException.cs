namespace Mllm.Runtime.Data;

/// <summary>A data set, a record or a picture that cannot be used; the message says where it is written and what was expected.</summary>
public sealed class DataException : Exception
{
    public DataException(string message)
        : base(message)
    {
    }

    public DataException(RecordPlace place, string message)
        : base($"{place}: {message}") => Place = place;

    /// <summary>The record at fault; null where it is a file as a whole.</summary>
    public RecordPlace? Place { get; }
}
