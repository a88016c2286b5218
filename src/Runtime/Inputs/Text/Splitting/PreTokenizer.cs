using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>A stretch of normalized text on its way to the model, and whether the user's text begins with it.</summary>
internal readonly record struct Piece(string Text, bool AtStart);

/// <summary>Splits a piece into smaller ones (never empty) that the model encodes one by one.</summary>
internal delegate void PreTokenizer(Piece piece, Action<Piece> emit);

/// <summary>The elementary pre-tokenizers of a <c>tokenizer.json</c>.</summary>
internal static class PreTokenizers
{
    /// <summary>GPT-2's word pattern (Radford et al., 2019), which ByteLevel brings along.</summary>
    private const string Gpt2Words = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    /// <summary>Each one on every piece of the one before it.</summary>
    public static PreTokenizer Sequence(IReadOnlyList<PreTokenizer> steps) => (piece, emit) =>
    {
        Action<Piece> next = emit;
        foreach (PreTokenizer step in steps.Reverse())
        {
            Action<Piece> after = next;
            next = current => step(current, after);
        }

        next(piece);
    };

    public static PreTokenizer Split(TextPattern pattern, SplitBehavior behavior, bool invert = false) => (piece, emit) =>
    {
        foreach (TextRange range in behavior.Split(piece.Text, pattern.Matches(piece.Text), invert))
        {
            emit(new(piece.Text[range.Start..range.End], piece.AtStart && range.Start == 0));
        }
    };

    /// <summary>Splits into words if asked to, then spells every byte as one character of the byte-level alphabet.</summary>
    public static PreTokenizer ByteLevel(bool addPrefixSpace, bool useRegex)
    {
        PreTokenizer? words = useRegex ? Split(TextPattern.Regex(Gpt2Words), SplitBehavior.Isolated) : null;
        return (piece, emit) =>
        {
            if (addPrefixSpace && !piece.Text.StartsWith(' '))
            {
                piece = piece with { Text = " " + piece.Text };
            }

            Action<Piece> spell = part => emit(part with { Text = ByteLevelAlphabet.Spell(part.Text) });
            if (words is null)
            {
                spell(piece);
            }
            else
            {
                words(piece, spell);
            }
        };
    }

    /// <summary>
    /// SentencePiece's blanks: every blank becomes <paramref name="replacement"/>, one more stands before the text
    /// as <paramref name="prepend"/> says, and a word starts at each if <paramref name="split"/>.
    /// </summary>
    public static PreTokenizer Metaspace(char replacement, PrependScheme prepend, bool split)
    {
        PreTokenizer words = Split(TextPattern.Literal(replacement.ToString()), SplitBehavior.MergedWithNext);
        return (piece, emit) =>
        {
            string text = piece.Text.Replace(' ', replacement);
            bool prefixed = prepend == PrependScheme.Always || (prepend == PrependScheme.First && piece.AtStart);
            if (prefixed && !text.StartsWith(replacement))
            {
                text = replacement + text;
            }

            (split ? words : static (whole, pass) => pass(whole))(piece with { Text = text }, emit);
        };
    }

    public static PreTokenizer Digits(bool individual) =>
        Split(TextPattern.Each(CharacterClasses.IsNumeric), individual ? SplitBehavior.Isolated : SplitBehavior.Contiguous);

    public static PreTokenizer Punctuation(SplitBehavior behavior) =>
        Split(TextPattern.Each(CharacterClasses.IsPunctuation), behavior);

    /// <summary>Blanks separate words and vanish.</summary>
    public static PreTokenizer WhitespaceSplit() => Split(TextPattern.Each(Rune.IsWhiteSpace), SplitBehavior.Removed);

    /// <summary>Runs of word characters and runs of other visible characters; blanks vanish.</summary>
    public static PreTokenizer Whitespace() => (piece, emit) =>
    {
        foreach (TextRange range in CharacterClasses.Runs(piece.Text))
        {
            emit(new(piece.Text[range.Start..range.End], piece.AtStart && range.Start == 0));
        }
    };

    /// <summary>BERT's: blanks separate and vanish, each punctuation character is a word.</summary>
    public static PreTokenizer Bert() => Sequence([WhitespaceSplit(), Punctuation(SplitBehavior.Isolated)]);
}

/// <summary>Where Metaspace puts a blank of its own.</summary>
internal enum PrependScheme
{
    Never,

    /// <summary>Only at the start of the user's text.</summary>
    First,

    /// <summary>At the start of every stretch between added tokens.</summary>
    Always,
}
