using System.Collections.Immutable;

namespace Mllm.Runtime.Data;

/// <summary>A sample with its pixels.</summary>
/// <param name="Position">Its place in the endless stream over all epochs.</param>
/// <param name="Epoch">The number of the epoch, from 0.</param>
/// <param name="Index">The record's number in the data set.</param>
/// <param name="Sample">The record.</param>
/// <param name="Pixels">
/// By encoder: for each picture in the order of the turns, 3 * size * size normalised values (red, green and blue plane). Empty where no pixels were asked for.
/// </param>
public sealed record LoadedSample(
    long Position, int Epoch, int Index, Sample Sample, ImmutableSortedDictionary<string, ImmutableArray<float[]>> Pixels);
