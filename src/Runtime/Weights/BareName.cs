namespace Mllm.Runtime.Weights;

/// <summary>
/// A tensor's name without what libraries put around it: <c>module.</c> by wrappers for several devices, and by adapters
/// <c>base_model.model.</c> in front and <c>.base_layer</c>, <c>.modules_to_save.default</c> and the adapter's own name within.
/// </summary>
internal static class BareName
{
    private static readonly string[] Prefixes = ["module.", "base_model.model."];
    private static readonly (string Wrapped, string Bare)[] Parts =
    [
        (".lora_A.default.", ".lora_A."),
        (".lora_B.default.", ".lora_B."),
        (".base_layer.", "."),
        (".modules_to_save.default.", "."),
    ];

    /// <summary>The bare name; the same where nothing is around it.</summary>
    public static string Of(string name)
    {
        while (Prefixes.FirstOrDefault(p => name.StartsWith(p, StringComparison.Ordinal) && name.Length > p.Length) is { } prefix)
            name = name[prefix.Length..];
        foreach (var (wrapped, bare) in Parts) name = name.Replace(wrapped, bare, StringComparison.Ordinal);
        return name;
    }
}
