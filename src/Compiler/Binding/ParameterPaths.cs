using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Binding;

/// <summary>Many paths of parameters in few words.</summary>
internal static class ParameterPaths
{
    /// <summary>The instances whose every parameter is among some, as far up as that is so: <c>vision.encoder.layers.23</c>.</summary>
    /// <param name="all">The paths of all parameters of the model.</param>
    public static ImmutableArray<string> Summary(IReadOnlyCollection<string> some, IEnumerable<string> all)
    {
        var (among, every) = (some.ToHashSet(StringComparer.Ordinal), all.ToList());
        var roots = new List<string>();
        foreach (var path in some)
        {
            if (roots.Any(r => StatePath.IsWithin(r, path)))
                continue;
            var root = path;
            while (root.LastIndexOf('.') is > 0 and var dot && every.Where(p => StatePath.IsWithin(root[..dot], p)).All(among.Contains))
                root = root[..dot];
            roots.Add(root);
        }
        return [.. roots];
    }
}
