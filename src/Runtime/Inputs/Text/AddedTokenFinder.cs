using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>Finds added tokens in a text: at each position the longest, from left to right.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Node _root = new();

    public AddedTokenFinder(IEnumerable<AddedToken> tokens)
    {
        foreach (AddedToken token in tokens)
        {
            string pattern = token.Pattern ?? token.Content;
            Node node = _root;
            foreach (char c in pattern)
            {
                node = node.Children.TryGetValue(c, out Node? child) ? child : node.Children[c] = new Node();
            }

            // No text holds the empty token.
            if (pattern.Length > 0)
            {
                node.Token = token;
            }
        }
    }

    /// <summary>The text in order: stretches with their token, and what lies between them without one; no empty stretches.</summary>
    public List<(TextRange Range, AddedToken? Token)> Split(string text)
    {
        var parts = new List<(TextRange, AddedToken?)>();
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            (AddedToken? token, int end) = Longest(text, at);
            if (token is null)
            {
                at++;
                continue;
            }

            (int start, at) = (at, end);
            if (token.SingleWord && (TouchesWordBefore(text, start) || TouchesWordAfter(text, end)))
            {
                continue;
            }

            if (token.LeftStrip)
            {
                start = Math.Max(text.AsSpan(0, start).TrimEnd().Length, done);
            }

            if (token.RightStrip)
            {
                end = text.Length - text.AsSpan(end).TrimStart().Length;
            }

            AddPlain(start);
            parts.Add((new(start, end), token));
            done = end;
        }

        AddPlain(text.Length);
        return parts;

        void AddPlain(int until)
        {
            if (done < until)
            {
                parts.Add((new(done, until), null));
            }
        }
    }

    private (AddedToken? Token, int End) Longest(string text, int at)
    {
        (AddedToken? Token, int End) longest = default;
        Node node = _root;
        for (int i = at; i < text.Length && node.Children.TryGetValue(text[i], out Node? child); i++)
        {
            node = child;
            if (node.Token is not null)
            {
                longest = (node.Token, i + 1);
            }
        }

        return longest;
    }

    private static bool TouchesWordBefore(string text, int at) =>
        Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out Rune rune, out _) == System.Buffers.OperationStatus.Done && CharacterClasses.IsWord(rune);

    private static bool TouchesWordAfter(string text, int at) =>
        Rune.DecodeFromUtf16(text.AsSpan(at), out Rune rune, out _) == System.Buffers.OperationStatus.Done && CharacterClasses.IsWord(rune);

    private sealed class Node
    {
        public Dictionary<char, Node> Children { get; } = [];

        public AddedToken? Token { get; set; }
    }
}
