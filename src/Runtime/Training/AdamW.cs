using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>
/// AdamW (Loshchilov and Hutter, 2019) by LibTorch's fused update, over the exact values of the parameters.
/// </summary>
public sealed class AdamW : IDisposable
{
    private const string Source = """
        def step(params: List[Tensor], grads: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor], numbers: Tensor) -> Tensor:
          lr = float(numbers[0])
          decay = float(numbers[1])
          beta1 = float(numbers[2])
          beta2 = float(numbers[3])
          eps = float(numbers[4])
          torch._fused_adamw_(params, grads, m, v, [], steps, lr=lr, beta1=beta1, beta2=beta2, weight_decay=decay, eps=eps, amsgrad=False, maximize=False)
          return steps[0]

        """;

    private static readonly Lazy<jit.CompilationUnit> Fused = new(() => jit.compile(Source));

    private readonly ParameterStore _parameters;
    private readonly MasterWeights _masters;
    private readonly IReadOnlyList<UpdateGroup> _groups;
    private readonly (double Beta1, double Beta2, double Epsilon) _settings;
    private readonly Dictionary<string, Moments> _moments;
    private readonly Tensor _count;

    /// <param name="groups">Each path in one group at most; the parameters hold values.</param>
    public AdamW(ParameterStore parameters, MasterWeights masters, IReadOnlyList<UpdateGroup> groups, double beta1, double beta2, double epsilon)
    {
        (_parameters, _masters, _groups, _settings) = (parameters, masters, groups, (beta1, beta2, epsilon));
        using var unrecorded = no_grad();
        _count = zeros([], ScalarType.Float32, parameters.Device).DetachFromDisposeScope();
        _moments = groups.SelectMany(g => g.Paths).ToDictionary(p => p, p => new Moments(masters.ToChange(p)), StringComparer.Ordinal);
    }

    /// <summary>How many updates were made.</summary>
    public long Count
    {
        get => (long)_count.item<float>();
        private set
        {
            using Scalar count = (float)value;
            _count.fill_(count);
        }
    }

    /// <summary>Updates every parameter by its gradient; one without a gradient stays as it is.</summary>
    /// <param name="factor">The schedule's factor on all learning rates.</param>
    public void Step(double factor)
    {
        using var unrecorded = no_grad();
        Count++;
        foreach (var group in _groups)
        {
            using var scope = NewDisposeScope();
            var paths = group.Paths.Where(p => _parameters[p].grad is not null).ToList();
            if (paths.Count == 0)
                continue;
            var moments = paths.ConvertAll(p => _moments[p]);
            Tensor[] gradients = [.. paths.Select((p, i) => _parameters[p].grad!.to(moments[i].Master.dtype))];
            // Numbers go as a tensor: TorchSharp would not keep the wrappers that it makes of them while the script runs.
            var numbers = tensor(new[] { group.LearningRate * factor, group.WeightDecay, _settings.Beta1, _settings.Beta2, _settings.Epsilon });
            Fused.Value.invoke("step", Of(m => m.Master), gradients, Of(m => m.First), Of(m => m.Second), Enumerable.Repeat(_count, paths.Count).ToArray(), numbers);
            _masters.Round(paths);

            Tensor[] Of(Func<Moments, Tensor> part) => [.. moments.Select(part)];
        }
        _parameters.Touch();
    }

    /// <summary>What continues the optimisation elsewhere, by name: <c>m.PATH</c> and <c>v.PATH</c>.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> State => _moments.SelectMany(m => new[] { KeyValuePair.Create("m." + m.Key, m.Value.First), KeyValuePair.Create("v." + m.Key, m.Value.Second) });

    /// <summary>Goes on from a saved state.</summary>
    /// <param name="count">The updates made so far.</param>
    /// <param name="state">Gives what <see cref="State"/> had under a name.</param>
    public void Restore(long count, Func<string, Tensor> state)
    {
        using var unrecorded = no_grad();
        using var scope = NewDisposeScope();
        Count = count;
        foreach (var (path, moments) in _moments)
        {
            moments.First.copy_(state("m." + path));
            moments.Second.copy_(state("v." + path));
        }
    }

    public void Dispose()
    {
        _count.Dispose();
        foreach (var moments in _moments.Values)
            moments.Dispose();
    }

    private sealed class Moments(Tensor master) : IDisposable
    {
        public Tensor Master => master;

        public Tensor First { get; } = zeros_like(master).DetachFromDisposeScope();

        public Tensor Second { get; } = zeros_like(master).DetachFromDisposeScope();

        public void Dispose()
        {
            First.Dispose();
            Second.Dispose();
        }
    }
}
