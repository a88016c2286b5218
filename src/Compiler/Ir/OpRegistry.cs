using System.Collections.Frozen;

namespace Mllm.Compiler.Ir;

/// <summary>All primitives of this assembly by name.</summary>
public static class OpRegistry
{
    public static FrozenDictionary<string, Op> All { get; } = typeof(Op).Assembly.GetTypes()
        .Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract)
        .Select(t => (Op)Activator.CreateInstance(t)!)
        .ToFrozenDictionary(o => o.Name, StringComparer.Ordinal);

    public static Op? Find(string name) => All.GetValueOrDefault(name);
}
