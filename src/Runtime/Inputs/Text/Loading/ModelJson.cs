using System.Text.Json;

namespace Mllm.Runtime.Inputs;

/// <summary>Reads the <c>model</c> of a <c>tokenizer.json</c>.</summary>
internal static class ModelJson
{
    public static TokenModel Read(JsonPart part) => Kind(part) switch
    {
        "BPE" => Bpe(part),
        "WordPiece" => new WordPieceModel(
            Vocabulary(part), part.Text("unk_token"), part.Text("continuing_subword_prefix", "##"), part.Number("max_input_chars_per_word", 100)),
        "Unigram" => Unigram(part),
        _ => throw part.NotSupported("model", "BPE, WordPiece, Unigram"),
    };

    /// <summary>Old files leave the type out; what else they hold tells it.</summary>
    private static string Kind(JsonPart part) =>
        part.Child("type") is { } type ? type.AsText()
        : part.Child("merges") is not null ? "BPE"
        : part.Child("unk_id") is not null ? "Unigram"
        : "WordPiece";

    private static Vocabulary Vocabulary(JsonPart part) =>
        new(part.Required("vocab").Properties().Select(entry => KeyValuePair.Create(JsonPart.Name(entry), new JsonPart(entry.Value, "an id of the vocabulary").AsNumber())));

    private static BpeModel Bpe(JsonPart part)
    {
        if (part.Child("dropout") is { } dropout && dropout.AsReal() != 0)
        {
            throw dropout.Wrong("no dropout: it is for training tokenizers only");
        }

        var settings = new BpeSettings
        {
            Unknown = part.Child("unk_token")?.AsText(),
            FuseUnknown = part.Flag("fuse_unk", false),
            ByteFallback = part.Flag("byte_fallback", false),
            IgnoreMerges = part.Flag("ignore_merges", false),
            ContinuingPrefix = part.Text("continuing_subword_prefix", ""),
            EndOfWordSuffix = part.Text("end_of_word_suffix", ""),
        };
        Vocabulary vocabulary = Vocabulary(part);
        return new BpeModel(vocabulary, Merges(part.Required("merges"), vocabulary, settings.ContinuingPrefix.Length), settings);
    }

    private static BpeMerges Merges(JsonPart part, Vocabulary vocabulary, int prefixLength)
    {
        var merges = new BpeMerges(part.Length);
        string path = $"a merge of {part.Path}";
        int rank = 0;
        foreach (JsonElement item in part.Elements())
        {
            (string text, int leftEnd, int rightStart) = Pair(new JsonPart(item, path));
            ReadOnlySpan<char> left = text.AsSpan(0, leftEnd), right = text.AsSpan(rightStart);
            merges.Add(Id(left), Id(right), rank++, Id(string.Concat(left, right[Math.Min(prefixLength, right.Length)..])));
        }

        return merges;

        int Id(ReadOnlySpan<char> token) => vocabulary.TryGetId(token, out int id)
            ? id
            : throw new UnusableInputException($"{part.Path} names the token {token}, which is not in the vocabulary");
    }

    /// <summary>A merge is "left right", or ["left", "right"], where tokens may hold blanks: one string and where its parts are.</summary>
    private static (string Text, int LeftEnd, int RightStart) Pair(JsonPart item)
    {
        if (item.Element.ValueKind == JsonValueKind.Array)
        {
            return item.Items().ToList() is [var first, var second] && first.AsText() is var left
                ? (left + second.AsText(), left.Length, left.Length)
                : throw item.Wrong("two tokens");
        }

        string text = item.AsText();
        int blank = text.IndexOf(' ');
        return blank >= 0 && blank == text.LastIndexOf(' ') ? (text, blank, blank + 1) : throw item.Wrong("two tokens");
    }

    private static UnigramModel Unigram(JsonPart part)
    {
        var tokens = new List<KeyValuePair<string, int>>();
        var scores = new List<double>();
        foreach (JsonPart item in part.Required("vocab").Items())
        {
            if (item.Items().ToList() is not [var token, var score])
            {
                throw item.Wrong("a token and its score");
            }

            tokens.Add(new(token.AsText(), scores.Count));
            scores.Add(score.AsReal());
        }

        int unknown = part.Number("unk_id");
        if (unknown < 0 || unknown >= tokens.Count)
        {
            throw part.Required("unk_id").Wrong($"an id below {tokens.Count}");
        }

        var vocabulary = new Vocabulary(tokens);
        return new(vocabulary, vocabulary, scores, unknown, part.Flag("byte_fallback", false), singlePrecision: false);
    }
}
