using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// Makes a tokenizer of a SentencePiece model (Kudo and Richardson, 2018). As in Hugging Face's conversions its
/// control tokens are found in the text; all else is encoded as SentencePiece does.
/// </summary>
internal static class SentencePieceTokenizer
{
    private const char Blank = '\u2581';

    public static TokenizerParts Parts(SentencePieceFile file)
    {
        var vocabulary = new Vocabulary(file.Pieces.Select((piece, id) => KeyValuePair.Create(piece.Text, id)));
        var userDefined = new AddedTokenFinder(Tokens(file, PieceKind.UserDefined));
        bool hasBos = IsPiece(file, file.BosId), hasEos = IsPiece(file, file.EosId);
        return new TokenizerParts(file.IsBpe ? Bpe(file, vocabulary) : Unigram(file, vocabulary))
        {
            Added =
            [
                .. Tokens(file, PieceKind.Unknown, PieceKind.Control).Select(token => token with { Special = true }),
                .. Tokens(file, PieceKind.UserDefined).Select(token => token with { Normalized = true, Pattern = token.Content.Replace(' ', Blank) }),
            ],
            Normalizer = new SentencePieceNormalizer(file, userDefined).Apply,

            // LLaMA's family begins with BOS; T5's has none and ends with EOS.
            Prefix = hasBos ? [file.BosId] : [],
            Suffix = hasEos && !hasBos ? [file.EosId] : [],
            Decoder =
            [
                DecodeSteps.Replace(TextPattern.Literal(Blank.ToString()), " "),
                DecodeSteps.ByteFallback,
                DecodeSteps.Fuse,
                .. file.AddDummyPrefix || file.RemoveExtraWhitespaces ? [DecodeSteps.Strip(' ', 1, 0)] : Array.Empty<DecodeStepKind>(),
            ],
        };
    }

    /// <summary>Whether an id that the file names (-1 means none) is one of its pieces.</summary>
    public static bool IsPiece(SentencePieceFile file, int id) => id >= 0 && id < file.Pieces.Count;

    private static IEnumerable<AddedToken> Tokens(SentencePieceFile file, params PieceKind[] kinds) =>
        file.Pieces.Select((piece, id) => (piece, id)).Where(p => kinds.Contains(p.piece.Kind)).Select(p => new AddedToken(p.piece.Text, p.id));

    private static IEnumerable<(string Text, int Id)> NormalPieces(SentencePieceFile file) =>
        file.Pieces.Select((piece, id) => (piece, id)).Where(p => p.piece.Kind == PieceKind.Normal).Select(p => (p.piece.Text, p.id));

    private static string UnknownToken(SentencePieceFile file) =>
        file.Pieces.FirstOrDefault(piece => piece.Kind == PieceKind.Unknown)?.Text
            ?? throw new UnusableInputException("the SentencePiece model has no unknown token");

    /// <summary>
    /// SentencePiece merges whichever neighbours form the piece of highest score; every way to form a piece of two
    /// others becomes a merge whose rank is that of the score, and equal scores share a rank.
    /// </summary>
    private static BpeModel Bpe(SentencePieceFile file, Vocabulary vocabulary)
    {
        if (file.Pieces.Any(piece => piece.Kind == PieceKind.Unused))
        {
            throw new UnusableInputException("BPE models with unused pieces are not supported");
        }

        int rank = -1;
        float last = float.PositiveInfinity;
        var merges = new BpeMerges(file.Pieces.Count);
        foreach ((string text, int id) in NormalPieces(file).OrderByDescending(piece => file.Pieces[piece.Id].Score))
        {
            if (file.Pieces[id].Score < last)
            {
                (last, rank) = (file.Pieces[id].Score, rank + 1);
            }

            for (int at = 1; at < text.Length; at++)
            {
                if (IsNormal(text.AsSpan(0, at), out int left) && IsNormal(text.AsSpan(at), out int right))
                {
                    merges.Add(left, right, rank, id);
                }
            }
        }

        return new BpeModel(vocabulary, merges, new BpeSettings
        {
            Unknown = UnknownToken(file),
            FuseUnknown = true,
            ByteFallback = file.ByteFallback,
        });

        bool IsNormal(ReadOnlySpan<char> text, out int id) => vocabulary.TryGetId(text, out id) && file.Pieces[id].Kind == PieceKind.Normal;
    }

    private static UnigramModel Unigram(SentencePieceFile file, Vocabulary vocabulary)
    {
        var pieces = new Vocabulary(NormalPieces(file).Select(piece => KeyValuePair.Create(piece.Text, piece.Id)));
        return new UnigramModel(
            pieces,
            vocabulary,
            [.. file.Pieces.Select(piece => (double)piece.Score)],
            vocabulary.Required(UnknownToken(file), "unknown"),
            file.ByteFallback,
            singlePrecision: true);
    }
}
