using System.Collections.Immutable;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Binding;

/// <summary>Activation functions by their names here and in reference configurations.</summary>
internal static class Activations
{
    public static ImmutableArray<string> Names { get; } = [.. OpRegistry.All.Values.Where(o => o.IsActivation).Select(o => o.Name).Order(StringComparer.Ordinal)];

    public static ActivationConstant? Find(string name)
    {
        var primitive = name switch
        {
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => "gelu_tanh",
            "swish" => "silu",
            "relu2" => "squared_relu",
            _ => name,
        };
        return OpRegistry.Find(primitive) is { IsActivation: true } ? new ActivationConstant(primitive) : null;
    }
}
