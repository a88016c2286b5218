using System.Text.Json;

namespace Mllm.Runtime.Inputs;

/// <summary>What the files beside a tokenizer say about it: <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c>.</summary>
internal sealed record TokenizerConfig
{
    /// <summary>Whether there is a file that says which token has which role.</summary>
    public bool NamesRoles { get; init; }

    public string? Bos { get; init; }

    public string? Eos { get; init; }

    public string? Pad { get; init; }

    public string? Unk { get; init; }

    /// <summary>Whether a text begins with BOS; null leaves it to the tokenizer.</summary>
    public bool? AddBos { get; init; }

    /// <summary>Whether a text ends with EOS; null leaves it to the tokenizer.</summary>
    public bool? AddEos { get; init; }

    /// <summary>Further tokens: their ids, and their flags as a <c>tokenizer.json</c> writes them (or only the id).</summary>
    public IReadOnlyList<(int Id, string Content, JsonPart? Flags)> Added { get; init; } = [];

    /// <summary>Reads whichever of the files are in <paramref name="folder"/>.</summary>
    public static TokenizerConfig Read(string folder)
    {
        JsonPart? config = Parse(folder, "tokenizer_config.json");
        JsonPart? map = Parse(folder, "special_tokens_map.json");
        return new()
        {
            NamesRoles = config is not null || map is not null,
            Bos = Token(config, "bos_token") ?? Token(map, "bos_token"),
            Eos = Token(config, "eos_token") ?? Token(map, "eos_token"),
            Pad = Token(config, "pad_token") ?? Token(map, "pad_token"),
            Unk = Token(config, "unk_token") ?? Token(map, "unk_token"),
            AddBos = Flag(config, "add_bos_token"),
            AddEos = Flag(config, "add_eos_token"),
            Added = [.. Decoder(config), .. AddedTokens(Parse(folder, "added_tokens.json"))],
        };
    }

    private static JsonPart? Parse(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        try
        {
            return JsonPart.Parse(File.ReadAllBytes(path)) with { Path = name };
        }
        catch (JsonException problem)
        {
            throw new UnusableInputException($"{name} beside it is not valid JSON: {problem.Message}");
        }
    }

    /// <summary>A token is written as a string or as an object with its flags.</summary>
    private static string? Token(JsonPart? file, string name) => file?.Child(name) switch
    {
        null => null,
        { Element.ValueKind: JsonValueKind.Object } token => token.Text("content"),
        { } token => token.AsText(),
    };

    private static bool? Flag(JsonPart? file, string name) => file?.Child(name) is null ? null : file.Value.Flag(name, false);

    private static IEnumerable<(int, string, JsonPart?)> Decoder(JsonPart? config) =>
        config?.Child("added_tokens_decoder")?.Members().Select(entry => (
            int.TryParse(entry.Name, out int id) ? id : throw entry.Value.Wrong("an id as its name"),
            entry.Value.Text("content"),
            (JsonPart?)entry.Value)) ?? [];

    private static IEnumerable<(int, string, JsonPart?)> AddedTokens(JsonPart? file) =>
        file?.Members().Select(entry => (entry.Value.AsNumber(), entry.Name, (JsonPart?)null)) ?? [];
}
