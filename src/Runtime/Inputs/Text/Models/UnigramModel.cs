using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// A unigram language model over pieces (Kudo, 2018): the segmentation of highest total log probability, found by
/// the Viterbi algorithm from left to right.
/// </summary>
internal sealed class UnigramModel : TokenModel
{
    /// <summary>An unknown character scores this much below the worst piece, as in SentencePiece.</summary>
    private const double UnknownPenalty = 10;

    private readonly IReadOnlyList<double> _scores;
    private readonly int _unknown;
    private readonly int?[]? _bytes;
    private readonly bool _singlePrecision;
    private readonly int _longest;
    private readonly double _unknownScore;

    /// <param name="pieces">The pieces that text is made of; other tokens of the vocabulary are left out.</param>
    /// <param name="vocabulary">All tokens, so that each has its id.</param>
    /// <param name="scores">The log probability of each id.</param>
    /// <param name="unknown">The id for characters that no piece covers; a run of them is one token.</param>
    /// <param name="byteFallback">Spell such characters as byte tokens instead.</param>
    /// <param name="singlePrecision">
    /// Keep each total as float32, as SentencePiece itself does: it decides between equal ways.
    /// </param>
    public UnigramModel(
        Vocabulary pieces, Vocabulary vocabulary, IReadOnlyList<double> scores, int unknown, bool byteFallback, bool singlePrecision)
        : base(vocabulary)
    {
        (Pieces, _scores, _unknown, _singlePrecision) = (pieces, scores, unknown, singlePrecision);
        _bytes = byteFallback ? vocabulary.ByteIds() : null;
        _longest = pieces.LongestToken;
        _unknownScore = pieces.Ids.Select(id => scores[id]).DefaultIfEmpty().Min() - UnknownPenalty;
    }

    private Vocabulary Pieces { get; }

    public override void Encode(string piece, List<int> ids)
    {
        (int Id, int Start)[] best = BestSteps(piece);
        var path = new List<(int Id, int Start, int End)>();
        for (int end = piece.Length; end > 0; end = best[end].Start)
        {
            path.Add((best[end].Id, best[end].Start, end));
        }

        bool afterUnknown = false;
        for (int i = path.Count - 1; i >= 0; i--)
        {
            (int id, int start, int end) = path[i];
            if (id != _unknown)
            {
                ids.Add(id);
            }
            else if (TryAddBytes(piece.AsSpan(start, end - start), ids))
            {
                // Spelt out.
            }
            else if (!afterUnknown)
            {
                ids.Add(_unknown);
            }

            afterUnknown = id == _unknown;
        }
    }

    /// <summary>For each position that a character ends at: the last step of the best way there.</summary>
    private (int Id, int Start)[] BestSteps(string piece)
    {
        var best = new (int Id, int Start)[piece.Length + 1];
        var score = new double[piece.Length + 1];
        Array.Fill(score, double.NegativeInfinity);
        score[0] = 0;
        int at = 0;
        foreach (Rune rune in piece.EnumerateRunes())
        {
            bool coversOneCharacter = false;
            int farthest = Math.Min(piece.Length, at + _longest);
            for (int end = at + 1; end <= farthest; end++)
            {
                if (Pieces.TryGetId(piece.AsSpan(at, end - at), out int id))
                {
                    Offer(end, id, _scores[id]);
                    coversOneCharacter |= end == at + rune.Utf16SequenceLength;
                }
            }

            if (!coversOneCharacter)
            {
                Offer(at + rune.Utf16SequenceLength, _unknown, _unknownScore);
            }

            at += rune.Utf16SequenceLength;
        }

        return best;

        void Offer(int end, int id, double step)
        {
            double total = score[at] + step;
            if (total > score[end])
            {
                (score[end], best[end]) = (_singlePrecision ? (float)total : total, (id, at));
            }
        }
    }

    private bool TryAddBytes(ReadOnlySpan<char> text, List<int> ids)
    {
        if (_bytes is null)
        {
            return false;
        }

        var utf8 = new byte[Encoding.UTF8.GetByteCount(text)];
        Encoding.UTF8.GetBytes(text, utf8);
        if (utf8.Any(b => _bytes[b] is null))
        {
            return false;
        }

        ids.AddRange(utf8.Select(b => _bytes[b]!.Value));
        return true;
    }
}
