using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>The parts of a tokenizer, as a file's reader finds them.</summary>
internal sealed record TokenizerParts(TokenModel Model)
{
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    public Normalizer Normalizer { get; init; } = text => text;

    public PreTokenizer PreTokenizer { get; init; } = (piece, emit) => emit(piece);

    /// <summary>The ids that are put before a text's own.</summary>
    public IReadOnlyList<int> Prefix { get; init; } = [];

    /// <summary>The ids that are put after a text's own.</summary>
    public IReadOnlyList<int> Suffix { get; init; } = [];

    public IReadOnlyList<DecodeStepKind> Decoder { get; init; } = [];
}

/// <summary>
/// Text to ids and back: added tokens are cut out, the rest is normalized, split and encoded by the trained model.
/// Immutable and safe to use from several threads.
/// </summary>
public sealed class TextTokenizer
{
    private readonly TokenizerParts _parts;
    private readonly AddedTokenFinder _inRawText;
    private readonly AddedTokenFinder _inNormalizedText;
    private readonly Dictionary<int, AddedToken> _addedById = [];
    private readonly Dictionary<string, AddedToken> _addedByContent = new(StringComparer.Ordinal);

    internal TextTokenizer(TokenizerParts parts, SpecialIds special)
    {
        (_parts, Special) = (parts, special);
        _inRawText = new(parts.Added.Where(token => !token.Normalized));
        _inNormalizedText = new(parts.Added.Where(token => token.Normalized));
        foreach (AddedToken token in parts.Added)
        {
            _addedById[token.Id] = token;
            _addedByContent[token.Content] = token;
        }

        VocabSize = Math.Max(parts.Model.Vocabulary.Size, parts.Added.Select(token => token.Id + 1).DefaultIfEmpty().Max());
    }

    /// <summary>The ids of the tokens with a role.</summary>
    public SpecialIds Special { get; }

    /// <summary>The highest id plus one: the rows that an embedding table needs.</summary>
    public int VocabSize { get; }

    /// <summary>
    /// The ids of a text; lone surrogates in it count as U+FFFD.
    /// </summary>
    /// <param name="text">Any text, the empty one too.</param>
    /// <param name="addSpecial">Put the tokenizer's own tokens (BOS, EOS and the like) around it.</param>
    public long[] Encode(string text, bool addSpecial)
    {
        text = WellFormed(text);
        var ids = new List<int>();
        foreach ((TextRange range, AddedToken? token) in _inRawText.Split(text))
        {
            if (token is null)
            {
                EncodeStretch(_parts.Normalizer(text[range.Start..range.End]), atStart: range.Start == 0, ids);
            }
            else
            {
                ids.Add(token.Id);
            }
        }

        IEnumerable<int> all = addSpecial ? [.. _parts.Prefix, .. ids, .. _parts.Suffix] : ids;
        return [.. all.Select(id => (long)id)];
    }

    /// <summary>
    /// The text of the ids. Ids that no token has (a model's table may have spare rows) have no text.
    /// </summary>
    /// <param name="ids">The ids.</param>
    /// <param name="skipSpecial">Leave special tokens out.</param>
    public string Decode(IEnumerable<long> ids, bool skipSpecial = false)
    {
        var text = new StringBuilder();
        var chain = new DecodeChain(_parts.Decoder, streaming: false, text);
        foreach (long id in ids)
        {
            if (Visible(id, skipSpecial) is { } token)
            {
                chain.Push(token);
            }
        }

        chain.Finish();
        return text.ToString();
    }

    /// <summary>
    /// A decoder for ids that arrive one by one. All it gives out together is <see cref="Decode"/> of the same ids,
    /// but for runs of byte-fallback tokens that are not valid UTF-8.
    /// </summary>
    /// <param name="skipSpecial">Leave special tokens out.</param>
    /// <param name="after">The ids that the text continues (a prompt); their own text is not given out.</param>
    public StreamingDecoder StartDecoding(bool skipSpecial = true, IEnumerable<long>? after = null)
    {
        var decoder = new StreamingDecoder(id => Visible(id, skipSpecial), _parts.Decoder);
        foreach (long id in after ?? [])
        {
            decoder.Next(id);
        }

        return decoder;
    }

    /// <summary>The id of a token as it is written in the vocabulary, or null.</summary>
    public long? TokenToId(string token) =>
        _addedByContent.TryGetValue(token, out AddedToken? added) ? added.Id
        : _parts.Model.Vocabulary.TryGetId(token, out int id) ? id
        : null;

    /// <summary>The token with this id as it is written in the vocabulary, or null.</summary>
    public string? IdToToken(long id)
    {
        if (id is < 0 or > Vocabulary.MaxId)
        {
            return null;
        }

        return _addedById.TryGetValue((int)id, out AddedToken? added) ? added.Content
            : _parts.Model.Vocabulary.TryGetToken((int)id, out string? token) ? token
            : null;
    }

    /// <summary>Whether the id is a special token, which decoding can leave out.</summary>
    public bool IsSpecial(long id) => id is >= 0 and <= Vocabulary.MaxId && _addedById.TryGetValue((int)id, out AddedToken? added) && added.Special;

    private void EncodeStretch(string normalized, bool atStart, List<int> ids)
    {
        foreach ((TextRange range, AddedToken? token) in _inNormalizedText.Split(normalized))
        {
            if (token is null)
            {
                var piece = new Piece(normalized[range.Start..range.End], atStart && range.Start == 0);
                _parts.PreTokenizer(piece, part => _parts.Model.Encode(part.Text, ids));
            }
            else
            {
                ids.Add(token.Id);
            }
        }
    }

    private string? Visible(long id, bool skipSpecial) => skipSpecial && IsSpecial(id) ? null : IdToToken(id);

    private static string WellFormed(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return text;
        }

        var result = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            result.Append(rune);
        }

        return result.ToString();
    }
}
