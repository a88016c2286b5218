using System.Collections.Immutable;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Prompting;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>Prompts that are being gone on from, with what is kept from token to token. Rows are padded on the left, so that all of them end together.</summary>
internal sealed class PromptDecoding : IDisposable
{
    private readonly MultimodalModel _model;
    private readonly BatchLayout _layout;
    private readonly MediaState? _media;
    private readonly KvCache _cache;
    private readonly RunContext _context;

    // What each row of a step looks at: after `Select` as many as there are beams of all prompts.
    private long[] _lengths;
    private Tensor _images;
    private MediaState? _selected;

    /// <summary>Begins with nothing computed.</summary>
    /// <param name="media">What the model keeps of the rows' pictures. It is only read.</param>
    /// <param name="maxTokens">How many tokens there is room for after the prompts.</param>
    public PromptDecoding(MultimodalModel model, ImmutableArray<RowLayout> rows, MediaState? media, int maxTokens)
    {
        (_model, _layout, _media) = (model, BatchLayout.Pad(rows, left: true), media);
        _cache = new KvCache(_layout.Length + maxTokens, _layout.Length + maxTokens);
        _context = new RunContext { Cache = _cache };
        _lengths = [.. _layout.Rows.Select(r => (long)r.Length)];
        _images = Column(_layout.Rows.Select(r => r.ImageIndex.Length > 0 ? r.ImageIndex[^1] : 0));
    }

    /// <summary>How often each entry of the graph ran.</summary>
    public IReadOnlyDictionary<string, int> Runs => _context.Runs;

    /// <summary>The logits [rows, vocab] after the prompts.</summary>
    public Tensor Prefill()
    {
        using var hidden = _model.Prefill(_layout, _media, _context);
        return Last(hidden);
    }

    /// <summary>Makes the rows named, in that order, those of the next step. The first time they are rows of the prompts, and may be more than there were; afterwards a row takes the place of another of its prompt.</summary>
    public void Select(long[] parents)
    {
        using var chosen = tensor(parents, device: _model.Device);
        _cache.Select(chosen);
        if (_context.KeyMask is { } mask)
            using (mask)
                _context.KeyMask = mask.index_select(0, chosen).DetachFromDisposeScope();
        if (_lengths.Length == parents.Length)
            return;      // rows of one prompt are as long, and look at the same pictures
        _lengths = [.. parents.Select(p => _lengths[p])];
        using (var images = _images)
            _images = images.index_select(0, chosen).DetachFromDisposeScope();
        _selected = _media?.Select(chosen);
    }

    /// <summary>Takes in one token of each row and gives the logits [rows, vocab] after it.</summary>
    public Tensor Step(DecodeStep step)
    {
        using var ids = Column(step.Tokens);
        using var positions = Column(_lengths.Select(n => n + step.Index));
        using var hidden = _model.Step(ids, positions, _images, _selected ?? _media, _context);
        return Last(hidden);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _selected?.Dispose();
        _context.KeyMask?.Dispose();
        _cache.Dispose();
        _images.Dispose();
    }

    /// <summary>One number of each row, [rows, 1].</summary>
    private Tensor Column(IEnumerable<long> numbers)
    {
        long[] column = [.. numbers];
        return tensor(column, [column.Length, 1], device: _model.Device).DetachFromDisposeScope();
    }

    /// <summary>Logits [rows, vocab] of the last position alone.</summary>
    private Tensor Last(Tensor hidden)
    {
        using var last = hidden.narrow(1, hidden.size(1) - 1, 1);
        using var logits = _model.Logits(last, _context);
        return logits.squeeze(1);
    }
}
