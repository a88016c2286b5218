using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>Initial distributions that follow from an op's sizes.</summary>
internal static class Initializers
{
    /// <summary>Uniform in ±1/√fan_in, the common choice for maps followed by a nonlinearity (LeCun et al., 1998, section 4.6).</summary>
    public static Initializer UniformByFanIn(Dim fanIn) => Initializer.Uniform(1 / Math.Sqrt(Math.Max(fanIn.Value ?? 1, 1)));
}
