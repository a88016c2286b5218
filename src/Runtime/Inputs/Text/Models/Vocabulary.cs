using System.Diagnostics.CodeAnalysis;

namespace Mllm.Runtime.Inputs;

/// <summary>A model's tokens and their ids, both ways.</summary>
internal sealed class Vocabulary
{
    /// <summary>Far above any vocabulary, and small enough that a table by id always fits.</summary>
    public const int MaxId = (1 << 24) - 1;

    private readonly Dictionary<string, int> _ids;
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _idsBySpan;
    private readonly string?[] _tokens;

    /// <param name="tokens">Every token with its id; of two ids for one token the last counts.</param>
    public Vocabulary(IEnumerable<KeyValuePair<string, int>> tokens)
    {
        _ids = new(StringComparer.Ordinal);
        int largest = -1;
        foreach ((string token, int id) in tokens)
        {
            if (id is < 0 or > MaxId)
            {
                throw new UnusableInputException($"the token {token} has the id {id}; ids from 0 to {MaxId} are accepted");
            }

            _ids[token] = id;
            largest = Math.Max(largest, id);
        }

        _idsBySpan = _ids.GetAlternateLookup<ReadOnlySpan<char>>();
        _tokens = new string?[largest + 1];
        foreach ((string token, int id) in _ids)
        {
            _tokens[id] = token;
        }
    }

    /// <summary>The highest id plus one.</summary>
    public int Size => _tokens.Length;

    /// <summary>The ids in use.</summary>
    public IEnumerable<int> Ids => _ids.Values;

    /// <summary>The length in UTF-16 units of the longest token.</summary>
    public int LongestToken => _ids.Keys.Select(token => token.Length).DefaultIfEmpty().Max();

    public bool TryGetId(ReadOnlySpan<char> token, out int id) => _idsBySpan.TryGetValue(token, out id);

    public bool TryGetToken(int id, [NotNullWhen(true)] out string? token)
    {
        token = id >= 0 && id < _tokens.Length ? _tokens[id] : null;
        return token is not null;
    }

    /// <summary>The id of a token that the file itself says must be there.</summary>
    public int Required(string token, string role) => TryGetId(token, out int id)
        ? id
        : throw new UnusableInputException($"the {role} token {token} is not in the vocabulary");

    /// <summary>The ids of the 256 byte tokens <c>&lt;0x00&gt;</c> to <c>&lt;0xFF&gt;</c>; null where one is missing.</summary>
    public int?[] ByteIds() => [.. Enumerable.Range(0, 256).Select(b => TryGetId($"<0x{b:X2}>", out int id) ? id : (int?)null)];
}
