using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace Mllm.Runtime.Training;

/// <summary>Everything that decides a run's numbers, as one short text: a hash for each part by the part's name, so that two runs can be told apart in words.</summary>
public static class RunFingerprint
{
    /// <summary>The text of some parts.</summary>
    /// <param name="parts">By name (without <c>=</c> and <c>;</c>) what is hashed.</param>
    public static string Of(IEnumerable<KeyValuePair<string, string>> parts) =>
        string.Join("; ", parts.Select(p => $"{p.Key}={Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(p.Value)))[..12]}"));

    /// <summary>The names of the parts in which two runs differ, in words.</summary>
    public static string Differences(string one, string other)
    {
        var (a, b) = (Parts(one), Parts(other));
        ImmutableArray<string> names = [.. a.Keys.Union(b.Keys).Where(k => a.GetValueOrDefault(k) != b.GetValueOrDefault(k))];
        return names.IsEmpty ? "its settings" : string.Join(", ", names);
    }

    private static Dictionary<string, string> Parts(string text) =>
        text.Split("; ").Select(p => p.Split('=', 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);
}
