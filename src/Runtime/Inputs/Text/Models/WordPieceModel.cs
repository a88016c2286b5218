using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// WordPiece as BERT uses it (Devlin et al., 2018): from the left the longest token that fits, or unknown for the
/// whole word.
/// </summary>
/// <param name="vocabulary">The tokens.</param>
/// <param name="unknown">The token for words that cannot be spelt.</param>
/// <param name="continuingPrefix">What tokens inside a word start with, "##" in BERT.</param>
/// <param name="longestWord">Words of more code points than this are unknown.</param>
internal sealed class WordPieceModel(Vocabulary vocabulary, string unknown, string continuingPrefix, int longestWord)
    : TokenModel(vocabulary)
{
    private readonly int _unknown = vocabulary.Required(unknown, "unknown");
    private readonly int _longestToken = vocabulary.LongestToken;

    public override void Encode(string piece, List<int> ids)
    {
        int from = ids.Count, start = 0;
        bool known = piece.EnumerateRunes().Count() <= longestWord;
        while (known && start < piece.Length)
        {
            int length = Longest(piece, start, out int id);
            known = length > 0;
            ids.Add(id);
            start += length;
        }

        if (!known)
        {
            ids.RemoveRange(from, ids.Count - from);
            ids.Add(_unknown);
        }
    }

    private int Longest(string piece, int start, out int id)
    {
        string rest = (start == 0 ? "" : continuingPrefix) + piece[start..];
        int prefix = start == 0 ? 0 : continuingPrefix.Length;
        for (int end = Math.Min(rest.Length, _longestToken); end > prefix; end--)
        {
            if (Vocabulary.TryGetId(rest.AsSpan(0, end), out id))
            {
                return end - prefix;
            }
        }

        id = _unknown;
        return 0;
    }
}
