using System.Collections.Immutable;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>The named tensors of a saved object, and what stands beside them.</summary>
/// <param name="Tensors">In the order of the dict.</param>
/// <param name="Aside">Names that are no tensors, each with what it is.</param>
internal sealed record StateDict(ImmutableArray<(string Name, PickleTensor Tensor)> Tensors, ImmutableArray<string> Aside)
{
    /// <summary>The keys under which training scripts keep a state dict, first the commonest.</summary>
    public static readonly ImmutableArray<string> Wrappers = ["model", "state_dict", "model_state_dict", "module"];

    // {"state_dict": {"model": {...}}} occurs; deeper nesting does not, and a dict can hold itself.
    private const int Deepest = 3;

    /// <summary>
    /// Finds it: under the first wrapper that has one, else the object itself. What is beside it, an optimiser's state
    /// for example, is listed and otherwise left alone.
    /// </summary>
    /// <exception cref="RefusedException">MLLM6058 where there is none</exception>
    public static StateDict Find(PickleValue saved, string file)
    {
        var aside = ImmutableArray.CreateBuilder<string>();
        if (Search(saved, "", Deepest, aside) is not { } dict)
            throw new RefusedException(PickleErrors.NoStateDict(file, Describe(saved)));
        var tensors = ImmutableArray.CreateBuilder<(string, PickleTensor)>();
        foreach (var (key, value) in dict.Items)
        {
            if (key is PickleText { Text: { Length: > 0 } name } && value is PickleTensor tensor) tensors.Add((name, tensor));
            else aside.Add($"{Name(key)} ({value.Kind})");
        }
        return new StateDict(tensors.ToImmutable(), aside.ToImmutable());
    }

    private static PickleDict? Search(PickleValue value, string prefix, int depth, ImmutableArray<string>.Builder aside)
    {
        if (depth == 0 || value is not PickleDict dict) return null;
        foreach (var wrapper in Wrappers)
        {
            if (dict.Find(wrapper) is not { } inner || Search(inner, $"{prefix}{wrapper}.", depth - 1, aside) is not { } found) continue;
            foreach (var (key, beside) in dict.Items.Where(i => i.Value != inner)) aside.Add($"{prefix}{Name(key)} ({beside.Kind})");
            return found;
        }
        return dict.Items.Any(i => i.Key is PickleText && i.Value is PickleTensor) ? dict : null;
    }

    private static string Name(PickleValue key) => key is PickleText { Text: var text } ? WeightsError.Shown(text) : key.Kind;

    private static string Describe(PickleValue saved) => saved is PickleDict { Items: { Count: > 0 } items }
        ? $"a dict of {string.Join(", ", items.Take(5).Select(i => $"{Name(i.Key)} ({i.Value.Kind})"))}{(items.Count > 5 ? $" and {items.Count - 5} more" : "")}"
        : saved.Kind;
}
