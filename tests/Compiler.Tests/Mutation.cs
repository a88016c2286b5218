using System.Text.RegularExpressions;

namespace Mllm.Compiler.Tests;

/// <summary>Small random damage to a source text, of the kinds that typing, merging and misunderstanding do.</summary>
internal static class Mutation
{
    private static readonly string[] Words =
    [
        "block", "model", "fn", "encoder", "bridge", "decoder", "inject", "into", "as", "prefix", "replacing", "before", "after", "attending", "every", "from",
        "stage", "variant", "checkpoint", "config", "image", "tokenizer", "prompt", "output", "import", "require", "return", "for", "in", "if", "then", "else", "at",
        "parameter", "linear", "none", "true", "int", "[int]", "ids", "mask", "|>", "->", "..", "??", "{", "}", "(", ")", "[", "]", ",", ":", "=", "==", "-", "*",
        "/", "%", "^", ".", "?", "0", "1", "-1", "9223372036854775807", "9223372036854775808", "1e999", "0.5", "\"", "\"a\"", "\"<image>\"", "//", "///", "\\",
        "\0", "\r", "é", "漢", "\ud83d\ude00", "\ud800", "@", "#", "$", ";", "'",
    ];

    /// <summary>The text after one to four changes.</summary>
    public static string Apply(string text, Random random)
    {
        for (var changes = 1 + random.Next(4); changes > 0; changes--)
            text = random.Next(6) switch { 0 or 1 => ChangeCharacters(text, random), 2 or 3 => ChangeTokens(text, random), _ => ChangeMeaning(text, random) };
        return text;
    }

    private static readonly string[] Values =
    [
        "0", "1", "2", "3", "7", "-1", "64", "100000", "4294967296", "9223372036854775807", "0.5", "1e-5", "none", "true", "\"x\"", "[1, 2]", "gelu", "linear(8, 8)",
    ];

    private static readonly string[] Operators = ["+", "-", "*", "/", "%", "^", "==", "!=", "<", ">", "and", "or", "??", "..", "|>"];

    /// <summary>Puts one token in the place of another of its kind, so that the text is mostly still one of the grammar.</summary>
    private static string ChangeMeaning(string text, Random random)
    {
        var (pattern, values) = random.Next(5) switch
        {
            0 or 1 => (@"(?<![\w.""])[a-z_]\w*", null),
            2 => (@"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", Values),
            3 => (@"\|>|==|!=|\?\?|\.\.|[-+*/%^<>]", Operators),
            _ => (@"(?<![\w.""])[a-z_]\w*", Values),
        };
        var tokens = Regex.Matches(text, pattern);
        if (tokens.Count == 0)
            return text;
        var token = tokens[random.Next(tokens.Count)];
        return text.Remove(token.Index, token.Length).Insert(token.Index, values is null ? tokens[random.Next(tokens.Count)].Value : values[random.Next(values.Length)]);
    }

    private static string ChangeCharacters(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        var length = Math.Min(random.Next(1, 4), text.Length - at);
        return random.Next(5) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, ((char)random.Next(1, 0x180)).ToString()),
            2 => text[..at],
            3 => text.Insert(at, text.Substring(at, length)),
            _ => length == 0 ? text : text.Remove(at, 1).Insert(at, ((char)random.Next(' ', 0x7F)).ToString()),
        };
    }

    private static string ChangeTokens(string text, Random random)
    {
        var tokens = Regex.Matches(text, @"\w+(?:\.\d+)?|""[^""\n]*""|\|>|->|\.\.|//[^\n]*|\s+|.", RegexOptions.Singleline);
        if (tokens.Count == 0)
            return Words[random.Next(Words.Length)];
        var (a, b) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
        return random.Next(7) switch
        {
            0 => Replace(a, ""),
            1 => Replace(a, a.Value + " " + a.Value),
            2 => Replace(a, b.Value),
            3 => Replace(a, Words[random.Next(Words.Length)]),
            4 => Replace(a, a.Value + " " + Words[random.Next(Words.Length)] + " "),
            5 => a.Index < b.Index ? text.Remove(a.Index, b.Index - a.Index) : Replace(b, a.Value),
            _ => a.Index < b.Index ? text.Insert(b.Index, text[a.Index..Math.Min(b.Index, a.Index + 400)]) : text,
        };

        string Replace(Match token, string by) => text.Remove(token.Index, token.Length).Insert(token.Index, by);
    }
}
