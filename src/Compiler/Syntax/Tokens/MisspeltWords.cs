using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using static Mllm.Compiler.Syntax.Generated.MllmLexer;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>
/// Reports a line whose first word is nearly a word that such a line begins with, and lets the parser read the right one: a misspelt
/// <c>encoder</c> costs one message and no structure.
/// </summary>
internal sealed class MisspeltWords(TokenList list, List<Diagnostic> diagnostics)
{
    private enum Place { File, Items, Stage, Task, Statements, Settings }

    private readonly Stack<Place> _places = new([Place.File]);
    private int _first;

    public static void Repair(TokenList list, List<Diagnostic> diagnostics) => new MisspeltWords(list, diagnostics).Run();

    private void Run()
    {
        for (var i = 0; i < list.Tokens.Count; i++)
        {
            var begins = list.BeginsPart(i);
            if (begins && list.TypeAt(i) == ID)
                Check(i);
            if (begins && TokenList.IsWord(list.TypeAt(i)))
                _first = i;
            if (list.TypeAt(i) == LBRACE)
                _places.Push(PlaceInside(i));
            else if (list.TypeAt(i) == RBRACE && _places.Count > 1)
                _places.Pop();
        }
    }

    private Place PlaceInside(int brace) => list.TypeAt(_first) switch
    {
        _ when list.TypeAt(brace - 1) is COLON or ASSIGN => Place.Settings,
        FN => Place.Statements,
        STAGE => Place.Stage,
        TASK => Place.Task,
        BLOCK or MODEL when _places.Peek() == Place.File => Place.Items,
        IF or ELSE or FOR => _places.Peek(),
        _ when _places.Peek() == Place.Items => Place.Settings,
        _ => _places.Peek(),
    };

    private void Check(int index)
    {
        var token = (CommonToken)list.Tokens[index];
        var next = list.TypeAt(index + 1);
        var candidates = Candidates(next);
        // A name before a clause, or after an unfinished line, is a part of what the line before began.
        if (next is INTO or AS or AT or BEFORE or AFTER or ATTENDING or FROM or WITH || index > 0 && !EndsLine(list.TypeAt(index - 1)))
            return;
        if (candidates.Count == 0 || ItemWords.Items.Contains(token.Text) || ItemWords.StageEntries.Contains(token.Text) || ItemWords.TaskEntries.Contains(token.Text))
            return;
        if ((ForeignWord(token.Text) ?? NearName.Find(token.Text, candidates)) is not { } meant || !candidates.Contains(meant))
            return;
        diagnostics.Add(SyntaxErrors.UnknownWord(list.SpanOf(token), PlaceInWords(), meant, []));
        token.Text = meant;
        token.Type = TypeOf(meant);
    }

    private static bool EndsLine(int type) => LineStarts.EndsOperand(type) || type is LBRACE or RBRACE;

    /// <summary>The words that what follows a first word leaves possible.</summary>
    private IReadOnlyList<string> Candidates(int next) => (_places.Peek(), next) switch
    {
        (_, ASSIGN or COLON or DOT or COMMA) => [],
        (Place.File, STRING) => ["import"],
        (Place.File, _) when TokenList.IsName(next) => ["block", "fn", "model"],
        (Place.Items, LBRACE) => ["config", "image", "text", "tokenizer", "prompt"],
        (Place.Items, STRING) => ["checkpoint", "config", "variant", "output"],
        (Place.Items, _) when TokenList.IsName(next) => ItemWords.Items,
        (Place.Items, NOT or INT or LINE_LPAREN) => ["require", "if"],
        (Place.Stage, _) when TokenList.IsName(next) => ItemWords.StageEntries,
        (Place.Task, _) when TokenList.IsName(next) || next == STRING => ItemWords.TaskEntries,
        (Place.Statements, _) when TokenList.IsName(next) || next is INT or FLOAT or STRING or NOT or MINUS => ItemWords.Statements,
        _ => [],
    };

    private static string? ForeignWord(string word) => word switch
    {
        "def" or "func" or "function" or "fun" => "fn",
        "class" or "module" => "block",
        _ => null,
    };

    private string PlaceInWords() => _places.Peek() switch
    {
        Place.File => ItemWords.NoDeclaration,
        Place.Items => ItemWords.NoItem,
        Place.Stage => ItemWords.NoStageLine,
        Place.Task => ItemWords.NoTaskLine,
        _ => ItemWords.NoStatement,
    };

    private static int TypeOf(string word) => word switch
    {
        "import" => IMPORT, "block" => BLOCK, "fn" => FN, "model" => MODEL,
        "require" => REQUIRE, "if" => IF, "inject" => INJECT, "adapt" => ADAPT, "stage" => STAGE, "task" => TASK, "variant" => VARIANT, "output" => OUTPUT,
        "train" => TRAIN, "return" => RETURN, "for" => FOR,
        _ => ID,
    };
}
