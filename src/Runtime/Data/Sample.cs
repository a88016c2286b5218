using System.Collections.Immutable;

namespace Mllm.Runtime.Data;

/// <summary>One exchange: pictures come first, then what the user says, then what is to be answered.</summary>
/// <param name="Pictures">The pictures' absolute paths, in their order.</param>
/// <param name="User">What the user says; null for a plain caption or text.</param>
/// <param name="Answer">What the model learns to say.</param>
public sealed record Turn(ImmutableArray<string> Pictures, string? User, string? Answer);

/// <summary>One record of a data set.</summary>
/// <param name="Place">Where it is written.</param>
/// <param name="Turns">Its exchanges, at least one.</param>
/// <param name="Fields">Its members that are strings, numbers or booleans (as text) by name, the pictures' paths left out.</param>
public sealed record Sample(RecordPlace Place, ImmutableArray<Turn> Turns, ImmutableSortedDictionary<string, string> Fields)
{
    /// <summary>All pictures in the order of the turns.</summary>
    public IEnumerable<string> Pictures => Turns.SelectMany(t => t.Pictures);
}

/// <summary>Where a record is written.</summary>
/// <param name="File">The file's path, as the data were named.</param>
/// <param name="Line">The line it begins on, from 1; 0 where the file is the record.</param>
public sealed record RecordPlace(string File, long Line)
{
    /// <summary>A full path as a person is shown it: from the current folder where the data were named so.</summary>
    public string Shown(string path) => Path.IsPathRooted(File) ? path : Path.GetRelativePath(Directory.GetCurrentDirectory(), path);

    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
