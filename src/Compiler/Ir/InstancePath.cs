namespace Mllm.Compiler.Ir;

/// <summary>Paths of instances and parameters in the state dict: names joined by dots, empty for the root.</summary>
public static class InstancePath
{
    public static string Join(string outer, string inner) => outer.Length == 0 ? inner : inner.Length == 0 ? outer : $"{outer}.{inner}";
}
