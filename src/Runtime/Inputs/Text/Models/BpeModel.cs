using System.Collections.Concurrent;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>What a byte-pair encoding model's file says beside its vocabulary and merges.</summary>
internal sealed record BpeSettings
{
    /// <summary>The token for characters that the vocabulary lacks; without one they are left out.</summary>
    public string? Unknown { get; init; }

    /// <summary>A run of unknown characters becomes one token.</summary>
    public bool FuseUnknown { get; init; }

    /// <summary>Characters that the vocabulary lacks become the byte tokens of their UTF-8.</summary>
    public bool ByteFallback { get; init; }

    /// <summary>A piece that is a token as a whole is not taken apart.</summary>
    public bool IgnoreMerges { get; init; }

    /// <summary>Stands before every character of a piece but the first.</summary>
    public string ContinuingPrefix { get; init; } = "";

    /// <summary>Stands after the last character of a piece.</summary>
    public string EndOfWordSuffix { get; init; } = "";
}

/// <summary>
/// Byte-pair encoding (Sennrich et al., 2016): characters, merged pair by pair in the order of the merges' ranks.
/// </summary>
/// <remarks>
/// This core is the project's own because Microsoft.ML.Tokenizers 2.0.1 does not give the published ids. Its
/// <c>BpeTokenizer</c> knows neither <c>ignore_merges</c> nor byte fallback nor the flags of added tokens, and splits
/// by UTF-16 units where the published patterns mean code points; with LLaMA 3's vocabulary, merges and pattern it
/// encoded 152 of 634 texts differently ("  two  spaces" among them). Its SentencePiece BPE merges equal pairs in
/// another order (LLaMA 2's model on a run of "a"), and its unigram model does not load ALBERT's file.
/// </remarks>
internal sealed class BpeModel : TokenModel
{
    /// <summary>Longer pieces are rarely seen twice.</summary>
    private const int LongestCachedPiece = 64;

    private const int CacheCapacity = 16384;

    private readonly BpeMerges _merges;
    private readonly BpeSettings _settings;
    private readonly int? _unknown;
    private readonly int?[] _bytes;
    private readonly ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int _cached;

    public BpeModel(Vocabulary vocabulary, BpeMerges merges, BpeSettings settings)
        : base(vocabulary)
    {
        (_merges, _settings) = (merges, settings);
        _unknown = settings.Unknown is { } token ? vocabulary.Required(token, "unknown") : null;
        _bytes = settings.ByteFallback ? vocabulary.ByteIds() : [];
    }

    public override void Encode(string piece, List<int> ids)
    {
        if (_cache.TryGetValue(piece, out int[]? known))
        {
            ids.AddRange(known);
            return;
        }

        if (_settings.IgnoreMerges && Vocabulary.TryGetId(piece, out int whole))
        {
            ids.Add(whole);
            return;
        }

        List<int> symbols = Characters(piece);
        int from = ids.Count;
        _merges.Merge(symbols, ids);

        // Once full the cache stays as it is: the frequent words are in it.
        if (piece.Length <= LongestCachedPiece && _cached < CacheCapacity)
        {
            Interlocked.Increment(ref _cached);
            _cache.TryAdd(piece, [.. ids[from..]]);
        }
    }

    /// <summary>The ids of the piece's characters, before any merge.</summary>
    private List<int> Characters(string piece)
    {
        var symbols = new List<int>(piece.Length);
        bool unknownPending = false;
        int at = 0;
        Span<byte> utf8 = stackalloc byte[4];
        foreach (Rune rune in piece.EnumerateRunes())
        {
            int end = at + rune.Utf16SequenceLength;
            if (TryGetCharacter(piece, at, end, out int id))
            {
                FlushUnknown();
                symbols.Add(id);
            }
            else if (!TryAddBytes(utf8[..rune.EncodeToUtf8(utf8)], symbols) && _unknown is not null)
            {
                if (!_settings.FuseUnknown)
                {
                    FlushUnknown();
                }

                unknownPending = true;
            }

            at = end;
        }

        FlushUnknown();
        return symbols;

        void FlushUnknown()
        {
            if (unknownPending)
            {
                symbols.Add(_unknown!.Value);
                unknownPending = false;
            }
        }
    }

    private bool TryGetCharacter(string piece, int start, int end, out int id)
    {
        if (_settings is { ContinuingPrefix: "", EndOfWordSuffix: "" })
        {
            return Vocabulary.TryGetId(piece.AsSpan(start, end - start), out id);
        }

        string prefix = start > 0 ? _settings.ContinuingPrefix : "";
        string suffix = end == piece.Length ? _settings.EndOfWordSuffix : "";
        return Vocabulary.TryGetId(prefix + piece[start..end] + suffix, out id);
    }

    private bool TryAddBytes(ReadOnlySpan<byte> utf8, List<int> symbols)
    {
        if (!_settings.ByteFallback)
        {
            return false;
        }

        foreach (byte b in utf8)
        {
            if (_bytes[b] is null)
            {
                return false;
            }
        }

        foreach (byte b in utf8)
        {
            symbols.Add(_bytes[b]!.Value);
        }

        return true;
    }
}
