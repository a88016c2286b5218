using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>A folder with a reference model's weights, inputs and outputs.</summary>
public sealed class GoldenCase : IDisposable
{
    private readonly CheckpointSource _inputs, _expected;
    private readonly TensorReader _reader = new();

    private GoldenCase(string folder, CheckpointSource inputs, CheckpointSource expected, CheckpointSources weights)
    {
        (Folder, _inputs, _expected, Weights) = (folder, inputs, expected, weights);
        Groups = [.. _inputs.Tensors.Keys.Select(n => n.Contains('.') ? n[..(n.IndexOf('.') + 1)] : "").Distinct().Order(StringComparer.Ordinal)];
    }

    public string Folder { get; }

    public CheckpointSources Weights { get; }

    /// <summary>The prefixes of independent calls: empty for the main one, then such as <c>batch.</c>.</summary>
    public ImmutableArray<string> Groups { get; }

    public IEnumerable<string> Inputs => _inputs.Tensors.Keys;

    /// <summary>The names of the reference's outputs, without the double-precision twins.</summary>
    public IEnumerable<string> Expected => _expected.Tensors.Keys.Where(n => !n.EndsWith("_f64", StringComparison.Ordinal));

    /// <summary>Opens a folder, with its own weights.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static GoldenCase Open(string folder) => Open(folder, []);

    /// <summary>Opens a folder, with weights from elsewhere where any are given: a later checkpoint stands over earlier ones.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static GoldenCase Open(string folder, IReadOnlyList<string> weights)
    {
        T Opened<T>(WeightsResult<T> opened)
            where T : class => opened.Ok ? opened.Value : throw new InputException(string.Join("\n", opened.Errors.Select(e => e.Render())));
        string Of(string name) => Path.Combine(folder, name);
        if (!Directory.Exists(folder))
            throw new InputException($"there is no folder '{folder}'");
        return new GoldenCase(folder, Opened(CheckpointSource.Open(Of("inputs.safetensors"))), Opened(CheckpointSource.Open(Of("expected.safetensors"))),
            Opened(CheckpointSources.Open(weights.Count > 0 ? weights : [Of("model.safetensors")])));
    }

    /// <summary>The reference's configuration, where the folder has one.</summary>
    public static JsonElement? Config(string folder)
    {
        var path = Path.Combine(folder, "config.json");
        if (!File.Exists(path))
            return null;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(path));
            return document.RootElement.Clone();
        }
        catch (JsonException e)
        {
            throw new InputException($"'{path}' is not JSON: {e.Message}");
        }
    }

    public Tensor? Input(string name) => _inputs.Tensors.TryGetValue(name, out var t) ? _reader.Read(t, CPU) : null;

    /// <summary>A reference output in double precision: its twin computed in double where there is one.</summary>
    public Tensor Reference(string name)
    {
        using var tensor = _reader.Read(_expected.Tensors.GetValueOrDefault(name + "_f64") ?? _expected.Tensors[name], CPU);
        return tensor.is_floating_point() ? tensor.to(ScalarType.Float64) : tensor.clone();
    }

    public void Dispose()
    {
        _reader.Dispose();
        _inputs.Dispose();
        _expected.Dispose();
        Weights.Dispose();
    }
}
