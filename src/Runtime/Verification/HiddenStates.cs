using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Verification;

/// <summary>
/// Collects hidden states as reference implementations number them: 0 is what enters the first layer, k what leaves the k-th; the decoder's last one is after its final norm.
/// </summary>
internal sealed class HiddenStates(ModelProgram program)
{
    private readonly Component? _layered = program.Decoder ?? (program.Encoders is [var only] ? only : null);
    private readonly Component? _woven = program.Components.FirstOrDefault(c => c.Role == Role.Injected);
    private readonly SortedDictionary<int, Tensor> _states = [];

    /// <summary>What enters the language model: the text's embeddings with the media in their places.</summary>
    public Tensor? Embedded { get; private set; }

    /// <summary>What woven blocks gave, by the number of the layer that they stand at.</summary>
    public Dictionary<int, Tensor> Woven { get; } = [];

    /// <summary>Whether what runs now is the head.</summary>
    public bool IsInHead { get; set; }

    /// <summary>What the head makes of the hidden states before the logits, where it projects them to the embedding's width: it counts as the last hidden state.</summary>
    public Tensor? Projected { get; private set; }

    public void Observe(Observation seen)
    {
        if (IsInHead && !seen.IsOperand && seen.Value.size(-1) != program.Vocab)
            Projected = seen.Value.clone();
        if (_layered is null || seen.Result != 0)
            return;
        if (seen.IsOperand && seen.Path == program.Decoder?.Name && seen.Value.is_floating_point())
            Embedded ??= seen.Value.clone();
        if (!seen.IsOperand && _woven is not null && _woven.Layers.Contains(seen.Path))
            Woven[_layered.Layers.IndexOf(seen.Path[..seen.Path.LastIndexOf('.')])] = seen.Value.clone();
        var layer = _layered.Layers.IndexOf(seen.Path);
        if (layer == 0 && seen.IsOperand)
            _states[0] = seen.Value.clone();
        else if (layer >= 0 && !seen.IsOperand)
            _states[layer + 1] = seen.Value.clone();
    }

    /// <summary>The states so far, and a fresh start.</summary>
    /// <param name="final">What replaces the last layer's state.</param>
    public ImmutableArray<(int Index, Tensor State)> Take(Tensor? final = null)
    {
        if (final is not null && _layered is not null)
            _states[_layered.Layers.Length] = final;
        var taken = _states.Select(s => (s.Key, s.Value)).ToImmutableArray();
        _states.Clear();
        return taken;
    }
}
