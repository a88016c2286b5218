namespace Mllm.Runtime.Inputs;

/// <summary>
/// Completes a tokenizer with what stands beside it and what the model asks for: further tokens, the tokens with a
/// role, and whether BOS and EOS stand around a text.
/// </summary>
internal sealed class SpecialTokenSetup
{
    // Used only where no file says which token has which role.
    private static readonly string[] UsualBos = ["<s>", "<|begin_of_text|>", "<bos>", "[CLS]", "<|endoftext|>"];
    private static readonly string[] UsualEos = ["</s>", "<|end_of_text|>", "<eos>", "[SEP]", "<|endoftext|>"];
    private static readonly string[] UsualPad = ["<pad>", "[PAD]", "<PAD>"];
    private static readonly string[] UsualUnk = ["<unk>", "[UNK]"];

    private readonly TokenizerParts _parts;
    private readonly TokenizerConfig _config;
    private readonly List<AddedToken> _added;
    private readonly Dictionary<TokenRole, long> _requested = [];

    public SpecialTokenSetup(TokenizerParts parts, TokenizerConfig config)
    {
        (_parts, _config) = (parts, config);
        _added = [.. parts.Added];
        foreach ((int id, string content, JsonPart? flags) in config.Added)
        {
            if (!_added.Any(token => token.Content == content))
            {
                // Such tokens come from tokenizers that look for all of them in the text as it is.
                _added.Add(flags is { } part
                    ? TokenizerJson.Added(part, id, parts.Model, null) with { Normalized = false }
                    : new AddedToken(content, IdOf(content) ?? id) { Special = true });
            }
        }

        foreach (string content in new[] { config.Bos, config.Eos, config.Pad, config.Unk }.OfType<string>())
        {
            if (IdOf(content) is { } id)
            {
                MarkSpecial(content, id);
            }
        }
    }

    /// <summary>Makes sure that the token is there, and special; it must have the id asked for, if one is.</summary>
    public void Add(SpecialToken special)
    {
        if (special.Content.Length == 0)
        {
            throw new UnusableInputException("a special token cannot be empty");
        }

        int? own = IdOf(special.Content);
        if (own is not null && special.Id is not null && special.Id != own)
        {
            throw new UnusableInputException($"the token {special.Content} has the id {own} here, not {special.Id}");
        }

        int id = own ?? Free(special);
        MarkSpecial(special.Content, id);
        if (special.Role != TokenRole.None)
        {
            _requested[special.Role] = id;
        }
    }

    public TextTokenizer Tokenizer()
    {
        var roles = new SpecialIds(
            Role(TokenRole.Bos, _config.Bos, UsualBos),
            Role(TokenRole.Eos, _config.Eos, UsualEos),
            Role(TokenRole.Pad, _config.Pad, UsualPad),
            Role(TokenRole.Unk, _config.Unk, UsualUnk));
        List<int> prefix = [.. _parts.Prefix], suffix = [.. _parts.Suffix];
        if (roles.Bos is { } bos)
        {
            Adjust(prefix, 0, (int)bos, _config.AddBos);
        }

        if (roles.Eos is { } eos)
        {
            Adjust(suffix, suffix.Count, (int)eos, _config.AddEos);
        }

        return new TextTokenizer(_parts with { Added = _added, Prefix = prefix, Suffix = suffix }, roles);
    }

    /// <summary>Puts the id where it is wanted and missing, takes it away where it is unwanted.</summary>
    private static void Adjust(List<int> frame, int at, int id, bool? wanted)
    {
        if (wanted == true && !frame.Contains(id))
        {
            frame.Insert(at, id);
        }
        else if (wanted == false)
        {
            frame.Remove(id);
        }
    }

    private long? Role(TokenRole role, string? named, string[] usual)
    {
        if (_requested.TryGetValue(role, out long id))
        {
            return id;
        }

        IEnumerable<string> candidates = named is not null ? [named] : _config.NamesRoles ? [] : usual;
        return candidates.Select(IdOf).FirstOrDefault(found => found is not null);
    }

    private int Free(SpecialToken special)
    {
        if (special.Id is null)
        {
            return Math.Max(_parts.Model.Vocabulary.Size, _added.Select(token => token.Id + 1).DefaultIfEmpty().Max());
        }

        if (special.Id is < 0 or > Vocabulary.MaxId)
        {
            throw new UnusableInputException($"the token {special.Content} asks for the id {special.Id}; ids from 0 to {Vocabulary.MaxId} are accepted");
        }

        int id = (int)special.Id;
        string? taken = _added.Find(token => token.Id == id)?.Content
            ?? (_parts.Model.Vocabulary.TryGetToken(id, out string? token) ? token : null);
        return taken is null
            ? id
            : throw new UnusableInputException($"the token {special.Content} asks for the id {id}, which is {taken} here");
    }

    private int? IdOf(string content) =>
        _added.Find(token => token.Content == content)?.Id
            ?? (_parts.Model.Vocabulary.TryGetId(content, out int id) ? id : null);

    private void MarkSpecial(string content, int id)
    {
        int at = _added.FindIndex(token => token.Content == content);
        if (at < 0)
        {
            _added.Add(new AddedToken(content, id) { Special = true });
        }
        else
        {
            _added[at] = _added[at] with { Special = true };
        }
    }
}
