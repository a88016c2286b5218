using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// What a primitive of the language computes. Kernels are found by reflection: adding one is adding a file. A kernel keeps no state and creates no
/// parameters; everything that depends on attributes alone happens once, in <see cref="Bind"/>.
/// </summary>
public interface IKernel
{
    /// <summary>The primitive's name in the language.</summary>
    string Name { get; }

    /// <summary>Prepares one use of the primitive in a program.</summary>
    BoundKernel Bind(KernelSite site);
}

/// <summary>
/// Computes one operation. The result is a tensor of its own: never an operand or a parameter itself, though it may share their memory. Everything
/// else that was made is disposed.
/// </summary>
public delegate Tensor BoundKernel(KernelContext context);
