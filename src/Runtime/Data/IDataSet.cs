namespace Mllm.Runtime.Data;

/// <summary>Records that are read by their number; safe to read from several threads.</summary>
public interface IDataSet
{
    /// <summary>The number of records, at least one; broken ones are counted.</summary>
    int Count { get; }

    /// <summary>What the data set is, in a few words for people.</summary>
    string Describe { get; }

    /// <summary>Record <paramref name="index"/>, from 0 to <see cref="Count"/> - 1, in the order of the files.</summary>
    /// <exception cref="DataException">The record is broken.</exception>
    Sample Read(int index);
}
