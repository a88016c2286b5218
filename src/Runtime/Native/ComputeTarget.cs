using static TorchSharp.torch;

namespace Mllm.Runtime.Native;

/// <summary>Where a model computes, and in which element type.</summary>
public sealed record ComputeTarget(Device Device, ScalarType Dtype);
