using Mllm.Runtime.Tests.Kernels;

namespace Mllm.Runtime.Tests.Verification.Reference;

/// <summary>A checkpoint that comes to be as a reference computation asks for it: each tensor is drawn at its first use, under the name that it has in released files.</summary>
internal sealed class DrawnWeights(int seed)
{
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, Nd> _drawn = [];

    public IReadOnlyDictionary<string, Nd> All => _drawn;

    /// <summary>A matrix [out, in] that keeps the size of what it is applied to.</summary>
    public Nd Matrix(string name, int outputs, int inputs) => Get(name, 0, Math.Sqrt(3.0 / inputs), outputs, inputs);

    /// <summary>The weight of a linear layer, without its bias.</summary>
    public double[][] Linear(string name, double[][] x, int outputs) => Plain.Linear(x, Matrix($"{name}.weight", outputs, x[0].Length));

    /// <summary>A linear layer with its bias.</summary>
    public double[][] Affine(string name, double[][] x, int outputs) => Plain.Linear(x, Matrix($"{name}.weight", outputs, x[0].Length), Get($"{name}.bias", 0, 0.3, outputs));

    public double[][] LayerNorm(string name, double[][] x, double eps = 1e-5) => Plain.LayerNorm(x, Get($"{name}.weight", 1, 0.4, x[0].Length), Get($"{name}.bias", 0, 0.3, x[0].Length), eps);

    public double[][] RmsNorm(string name, double[][] x, double eps) => Plain.RmsNorm(x, Get($"{name}.weight", 1, 0.4, x[0].Length), eps);

    /// <summary>Numbers around a middle, rounded as a file of float32 holds them.</summary>
    public Nd Get(string name, double middle, double spread, params int[] shape)
    {
        if (!_drawn.TryGetValue(name, out var tensor))
            _drawn.Add(name, tensor = Nd.Make(shape, _ => (float)(middle + spread * KernelCheck.Uniform(_random))));
        return tensor;
    }
}
