using System.Collections.Immutable;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>What is computed once per prompt from the pictures.</summary>
/// <param name="Media">For each injection [rows, pictures, tokens, width].</param>
/// <param name="Kept">Values of the entry <c>media</c>: keys and values of the woven blocks.</param>
/// <param name="ImageCount">ids[rows]: how many pictures a row has.</param>
/// <param name="Masks">Which elements are real, of media and kept values that come from texts of different lengths, by name.</param>
public sealed record MediaState(ImmutableArray<Tensor> Media, ImmutableArray<Tensor> Kept, Tensor ImageCount, IReadOnlyDictionary<string, Tensor> Masks) : IDisposable
{
    /// <summary>The rows named, in that order; those of this state stay.</summary>
    /// <param name="rows">ids[rows]</param>
    public MediaState Select(Tensor rows)
    {
        Tensor Selected(Tensor tensor) => tensor.index_select(0, rows).DetachFromDisposeScope();
        return new MediaState([.. Media.Select(Selected)], [.. Kept.Select(Selected)], Selected(ImageCount), Masks.ToDictionary(m => m.Key, m => Selected(m.Value)));
    }

    public void Dispose()
    {
        foreach (var tensor in Media.Concat(Kept).Append(ImageCount).Concat(Masks.Values))
            tensor.Dispose();
    }
}
