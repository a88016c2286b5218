using Mllm.Compiler.Model;
using Mllm.Runtime.Generation;
using Mllm.Runtime.Inputs;

namespace Mllm.Runtime.Prompting;

/// <summary>Turns a user's text and a number of pictures into token ids, as the model's template and tokenizer say.</summary>
public sealed class PromptBuilder
{
    /// <summary>Where a template has the user's text.</summary>
    public const string TextHole = "{text}";

    private readonly ModelProgram _program;
    private readonly TextTokenizer _tokenizer;
    private readonly string[] _placeholders;

    /// <exception cref="InputException">The tokenizer has more tokens than the model's embedding has rows.</exception>
    public PromptBuilder(ModelProgram program, TextTokenizer tokenizer)
    {
        (_program, _tokenizer) = (program, tokenizer);
        Media = MediaTokens.Of(program, t => tokenizer.TokenToId(t));
        _placeholders = [.. program.Injections.Select(i => i.Placeholder ?? Marker(i)).OfType<string>().Distinct()];
        Stops = new StopSequences([.. (program.Prompt?.Stop ?? []).Append(program.Tokenizer.Eos).OfType<string>().SelectMany(Tokens), .. tokenizer.Special.Eos is { } eos ? (IEnumerable<long[]>)[[eos]] : []]);
        if (program.Vocab is { } rows && Embedded() > rows)
            throw new InputException($"the tokenizer has {tokenizer.VocabSize:N0} tokens, the model's embedding has {rows:N0} rows; use the tokenizer of the weights, or --set vocab={tokenizer.VocabSize}");
    }

    public MediaTokens Media { get; }

    /// <summary>What ends a generation: the prompt's texts for that, and the tokenizer's end.</summary>
    public StopSequences Stops { get; }

    /// <summary>The tokens that a text may be: the one that is called so, or what it becomes by itself and after a word.</summary>
    private IEnumerable<long[]> Tokens(string text)
    {
        const string Word = "a";
        if (_tokenizer.TokenToId(text) is { } id)
            return [[id]];
        var (alone, word, after) = (Ids(text), Ids(Word), Ids(Word + text));
        return after.Length > word.Length && after.AsSpan().StartsWith(word) ? [alone, after[word.Length..]] : [alone];

        long[] Ids(string part) => [.. _tokenizer.Encode(part, addSpecial: false)];
    }

    /// <summary>How many ids need a row of the embedding: the last ones need none where pictures or nothing at all take their places.</summary>
    private long Embedded()
    {
        var replaced = _program.Injections.Where(i => i.Form == InjectionForm.Prefix).Select(i => Media.Ids[i.Index]).Append(_tokenizer.Special.Pad).ToHashSet();
        long count = _tokenizer.VocabSize;
        while (replaced.Contains(count - 1))
            count--;
        return count;
    }

    /// <summary>The tokenizer for a model: the one of a file or folder, or bytes, with the model's special tokens.</summary>
    /// <param name="source">A tokenizer's file, or a folder with one; null for bytes.</param>
    /// <exception cref="InputException">The tokenizer cannot be read.</exception>
    public static TextTokenizer TokenizerFor(ModelProgram program, string? source)
    {
        var special = new List<SpecialToken>();
        // A negative id stands in no tokenizer: it only marks a place in ids that are given.
        static long? Fixed(long? id) => id >= 0 ? id : null;
        void Role(string? token, TokenRole role)
        {
            if (token is not null && special.All(s => s.Content != token))
                special.Add(new SpecialToken(token, Fixed(program.Tokenizer.Special.FirstOrDefault(s => s.Key == token).Value), role));
        }
        Role(program.Tokenizer.Bos, TokenRole.Bos);
        Role(program.Tokenizer.Eos, TokenRole.Eos);
        Role(program.Tokenizer.Pad, TokenRole.Pad);
        foreach (var (token, id) in program.Tokenizer.Special)
            if (special.All(s => s.Content != token))
                special.Add(new SpecialToken(token, Fixed(id)));
        return TokenizerLoader.Load(source ?? TokenizerLoader.Bytes, special).TryGet(out var tokenizer, out var error) ? tokenizer : throw new InputException(error);
    }

    /// <summary>True if a path is a folder with a tokenizer's file.</summary>
    public static bool HasTokenizer(string path) => new[] { "tokenizer.json", "tokenizer.model" }.Any(f => File.Exists(Path.Combine(path, f)));

    /// <summary>The prompt's text with one placeholder for each picture.</summary>
    public string Text(string? userText, int pictures) => Text(_program.Prompt, _program.Prompt?.Template ?? TextHole, userText, pictures);

    private string Text(PromptSettings? prompt, string template, string? userText, int pictures)
    {
        var text = userText ?? prompt?.Text ?? "";
        foreach (var placeholder in _placeholders)
        {
            var places = text.Contains(placeholder, StringComparison.Ordinal) ? "" : string.Concat(Enumerable.Repeat(placeholder, pictures));
            template = ReplaceFirst(template, placeholder, places);
        }
        return template.Replace(TextHole, text, StringComparison.Ordinal);
    }

    /// <summary>Token ids of a prompt: the pieces between placeholders are tokenised by themselves, the placeholders' ids stand between them.</summary>
    public long[] Ids(string text) => [.. Beginning(_program.Prompt), .. Pieces(text)];

    /// <summary>What was said and answered, as token ids and which of them the answers are.</summary>
    /// <param name="prompt">The template; the model's own when it is null.</param>
    /// <param name="turns">How many pictures come with each turn, what the user says (the prompt's own text when it is null), and the answer; null asks for one.</param>
    /// <returns>The ids as <see cref="Ids"/> gives them for a prompt, and for each whether it is to be predicted.</returns>
    public (long[] Ids, bool[] Supervised) Conversation(PromptSettings? prompt, IReadOnlyList<(int Pictures, string? User, string? Answer)> turns)
    {
        prompt ??= _program.Prompt;
        var (ids, supervised) = (new List<long>(Beginning(prompt)), new List<bool>());
        for (var i = 0; i < turns.Count; i++)
        {
            var (pictures, user, answer) = turns[i];
            // A text that nobody asked for, without a picture, is nothing but itself.
            var said = pictures == 0 && user is null ? "" : Text(prompt, i == 0 || pictures > 0 ? prompt?.Template ?? TextHole : prompt?.Turn ?? TextHole, user, pictures);
            ids.AddRange(Pieces(said));
            supervised.AddRange(Enumerable.Repeat(false, ids.Count - supervised.Count));
            if (answer is null)
                continue;
            ids.AddRange(_tokenizer.Encode((prompt?.Answer ?? PromptSettings.AnswerPlace).Replace(PromptSettings.AnswerPlace, answer, StringComparison.Ordinal), addSpecial: false));
            supervised.AddRange(Enumerable.Repeat(true, ids.Count - supervised.Count));
        }
        return ([.. ids], [.. supervised]);
    }

    private IEnumerable<long> Beginning(PromptSettings? prompt) => prompt?.Start is { } start ? [Special(start)]
        : prompt?.Bos != false && _tokenizer.Special.Bos is { } bos ? [bos] : [];

    private List<long> Pieces(string text)
    {
        var ids = new List<long>();
        var position = 0;
        while (position < text.Length)
        {
            var (at, placeholder) = _placeholders.Select(p => (At: text.IndexOf(p, position, StringComparison.Ordinal), Text: p)).Where(p => p.At >= 0).OrderBy(p => p.At).FirstOrDefault((text.Length, ""));
            if (at > position)
                ids.AddRange(_tokenizer.Encode(text[position..at], addSpecial: false));
            if (placeholder.Length > 0)
                ids.Add(IdOf(placeholder));
            position = at + Math.Max(placeholder.Length, 1);
        }
        return ids;
    }

    /// <summary>A text beside the prompt, in its template.</summary>
    /// <param name="userText">What the user says; the file's own text when it is null.</param>
    public static string Text(TextInput input, string? userText) => input.Prompt.Template.Replace(TextHole, userText ?? input.Prompt.Text, StringComparison.Ordinal);

    /// <summary>The token ids of a text beside the prompt.</summary>
    /// <param name="userText">What the user says; the file's own text when it is null.</param>
    public long[] TextIds(TextInput input, string? userText)
    {
        var prompt = input.Prompt;
        var ids = new List<long>();
        if (prompt.Start is { } start)
            ids.Add(Special(start));
        else if (prompt.Bos && _tokenizer.Special.Bos is { } bos)
            ids.Add(bos);
        long[] end = prompt.End is { } last ? [Special(last)] : [];
        ids.AddRange(_tokenizer.Encode(Text(input, userText), addSpecial: false));
        if (prompt.Length is { } most && ids.Count + end.Length > most)
            ids.RemoveRange((int)most - end.Length, ids.Count + end.Length - (int)most);
        return ids.Count + end.Length > 0 ? [.. ids, .. end] : throw new InputException($"the text '{input.Name}' is empty");
    }

    private long Special(string token) => _program.Tokenizer.Special.FirstOrDefault(s => s.Key == token).Value ?? _tokenizer.TokenToId(token)
        ?? throw new InputException($"neither the model file nor the tokenizer gives \"{token}\" an id");

    private long IdOf(string placeholder)
    {
        var injection = _program.Injections.First(i => (i.Placeholder ?? Marker(i)) == placeholder);
        return Media.Ids[injection.Index] ?? throw new InputException($"\"{placeholder}\" has no id");
    }

    private string? Marker(Injection injection) => injection.Form == InjectionForm.Woven
        ? _program.Tokenizer.Special.Select(s => s.Key).FirstOrDefault(s => _program.Prompt?.Template.Contains(s, StringComparison.Ordinal) == true) : null;

    private static string ReplaceFirst(string text, string part, string replacement)
    {
        var at = text.IndexOf(part, StringComparison.Ordinal);
        return at < 0 ? text : string.Concat(text.AsSpan(0, at), replacement, text.AsSpan(at + part.Length));
    }
}
