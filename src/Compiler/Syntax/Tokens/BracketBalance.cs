using Antlr4.Runtime;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>Which brackets of a file lack a partner.</summary>
internal sealed class BracketBalance
{
    /// <summary>With more uneven braces than this their indentation tells nothing.</summary>
    private const int MostMistakes = 20;

    private readonly TokenList _list;
    private readonly bool _byIndentation;
    private readonly Stack<int> _open = new();
    private readonly Dictionary<int, int> _closerOf = [];
    private readonly int[] _indents;
    private bool _strayInBrackets;

    private BracketBalance(TokenList list, int[] indents, bool byIndentation)
    {
        (_list, _indents, _byIndentation) = (list, indents, byIndentation);
        for (var i = 0; i < list.Tokens.Count && (!byIndentation || BraceMistakes <= MostMistakes); i++)
            Read(i);
    }

    /// <summary>An opening bracket that nothing closes, and the token before which the closing one belongs.</summary>
    public List<(int Opener, int At)> Unclosed { get; } = [];

    /// <summary>A closing bracket that closes nothing, and the innermost bracket that is open there.</summary>
    public List<(int At, int? Open)> Strays { get; } = [];

    public bool IsEven => Unclosed.Count == 0 && Strays.Count == 0;

    private int BraceMistakes { get; set; }

    /// <summary>Matches brackets; where braces are uneven, the indentation decides which of them lacks its partner.</summary>
    public static BracketBalance Of(TokenList list)
    {
        var indents = Indents(list);
        var strict = new BracketBalance(list, indents, byIndentation: false);
        if (strict.BraceMistakes is 0 or > MostMistakes)
            return strict;
        var indented = new BracketBalance(list, indents, byIndentation: true);
        return indented.BraceMistakes <= strict.BraceMistakes ? indented : strict;
    }

    private void Read(int index)
    {
        var type = _list.TypeAt(index);
        if (type == TokenConstants.EOF)
            CloseWhile(_ => true, index);
        else if (_list.BeginsTopLevel(index))
            CloseWhile(opener => !_byIndentation || _list.Tokens[index].Column <= _indents[opener], index);
        else if (EndsBrackets(index, type))
            CloseWhile(opener => _list.TypeAt(opener) != LBRACE, index);
        else if (type == IN && _list.TypeAt(index + 1) != COLON && _open.TryPeek(out var targets) && HoldsTargets(targets))
            CloseWhile(opener => opener == targets, index);
        if (TokenList.IsOpener(type))
            _open.Push(index);
        else if (type == RBRACE)
            ReadBrace(index);
        else if (TokenList.IsCloser(type))
            ReadBracket(index, type);
    }

    /// <summary>Whether no round or square bracket can be open before a token.</summary>
    private bool EndsBrackets(int index, int type) => type switch
    {
        LBRACE => true,
        ARROW => _list.TypeAt(index + 1) is LBRACKET or LPAREN || _list.TypeAt(index + 2) == LBRACKET,
        FN or RETURN => _list.BeginsItem(index),
        // Otherwise it may be an argument that is written with the wrong sign.
        _ => _strayInBrackets && _list.BeginsItem(index),
    };

    /// <summary>Whether a bracket holds the names of a loop.</summary>
    private bool HoldsTargets(int opener) => _list.TypeAt(opener - 1) == FOR && _list.TypeAt(opener) is LPAREN or LINE_LPAREN;

    private void ReadBracket(int index, int type)
    {
        var partner = _open.TakeWhile(opener => _list.TypeAt(opener) != LBRACE)
            .Where(opener => TokenList.CloserOf(_list.TypeAt(opener)) == type)
            .Select(opener => (int?)opener)
            .FirstOrDefault();
        if (partner is null)
            AddStray(index);
        else
            CloseThrough(partner.Value, index);
    }

    private void ReadBrace(int index)
    {
        var braces = _open.Where(opener => _list.TypeAt(opener) == LBRACE).ToList();
        if (braces.Count == 0 || IsTooMany(index, braces[0]))
            AddStray(index);
        else
            CloseThrough(_byIndentation && _list.BeginsLine(index) ? PartnerByIndent(index, braces) : braces[0], index);
    }

    /// <summary>A brace that stands deeper than the line of the only brace it could close, or before a line that does.</summary>
    private bool IsTooMany(int index, int opener)
    {
        if (!_byIndentation || _list.Tokens[index].Line == _list.Tokens[opener].Line)
            return false;
        var next = index;
        while (!_list.BeginsLine(next))
            next++;
        var tellsNothing = _list.TypeAt(next) == TokenConstants.EOF || next > index && TokenList.IsCloser(_list.TypeAt(next));
        return !tellsNothing && _list.Tokens[next].Column > _indents[opener];
    }

    private int PartnerByIndent(int index, List<int> braces)
    {
        var column = _list.Tokens[index].Column;
        return braces.Where(opener => _indents[opener] == column).DefaultIfEmpty(braces[0]).First();
    }

    private void AddStray(int index)
    {
        Strays.Add((index, _open.TryPeek(out var open) ? open : null));
        _strayInBrackets = _open.Count > 0 && _list.TypeAt(open) != LBRACE;
        BraceMistakes += _list.TypeAt(index) == RBRACE ? 1 : 0;
    }

    /// <summary>Closes a bracket, and says of those that are open inside it that they are not closed.</summary>
    private void CloseThrough(int partner, int index)
    {
        CloseWhile(opener => opener != partner, index);
        _open.Pop();
        _closerOf[partner] = index;
    }

    private void CloseWhile(Func<int, bool> isUnclosed, int index)
    {
        while (_open.TryPeek(out var opener) && isUnclosed(opener))
        {
            _open.Pop();
            _strayInBrackets = false;
            var at = Place(opener, index);
            Unclosed.Add((opener, at));
            BraceMistakes += _list.TypeAt(opener) == LBRACE ? 1 : 0;
            _closerOf[opener] = at - 1;
        }
    }

    /// <summary>Where the missing bracket belongs: before the first line that cannot be inside it, at the latest before the given token.</summary>
    private int Place(int opener, int latest)
    {
        var isBrace = _list.TypeAt(opener) == LBRACE;
        for (var i = opener + 1; i < latest; i++)
        {
            var isOutdented = _byIndentation && _list.BeginsLine(i) && _list.Tokens[i].Column <= _indents[opener];
            if (isBrace ? isOutdented : _list.BeginsItem(i) || _list.BeginsClause(i))
                return i;
            if (_closerOf.TryGetValue(i, out var closer))
                i = Math.Max(i, closer);
        }
        return latest;
    }

    /// <summary>For each token the column of the first token on its line.</summary>
    private static int[] Indents(TokenList list)
    {
        var indents = new int[list.Tokens.Count];
        for (var i = 0; i < indents.Length; i++)
            indents[i] = list.BeginsLine(i) ? list.Tokens[i].Column : indents[i - 1];
        return indents;
    }
}
