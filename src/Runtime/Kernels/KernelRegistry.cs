using System.Collections.Frozen;

namespace Mllm.Runtime.Kernels;

/// <summary>All kernels of this assembly by the name of their primitive.</summary>
public static class KernelRegistry
{
    public static FrozenDictionary<string, IKernel> All { get; } = typeof(IKernel).Assembly.GetTypes()
        .Where(t => t.IsAssignableTo(typeof(IKernel)) && !t.IsAbstract)
        .Select(t => (IKernel)Activator.CreateInstance(t)!)
        .ToFrozenDictionary(k => k.Name, StringComparer.Ordinal);
}
