using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// Rewrites the Oniguruma regular expressions of <c>tokenizer.json</c> for .NET where the two differ: possessive
/// quantifiers become atomic groups, code points in braces become escapes, word characters include all marks, and
/// case-insensitive s matches U+017F.
/// </summary>
internal static class OnigurumaSyntax
{
    /// <summary>Oniguruma's word characters; .NET's leave spacing marks out and take joiners in.</summary>
    private const string WordCategories = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}";

    /// <summary>Superscripts and fractions of Latin-1, which Oniguruma takes for word characters only outside of character classes.</summary>
    private const string Latin1Words = @"\u00B2\u00B3\u00B9\u00BC-\u00BE";

    public static string Translate(string expression)
    {
        if (expression.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            throw new UnusableInputException($"the pattern {expression} names code points beyond U+FFFF, which is not supported");
        }

        var output = new StringBuilder(expression.Length + 16);
        var groups = new Stack<(int Start, bool IgnoreCase)>();
        bool ignoreCase = false;
        int atom = 0;
        for (int i = 0; i < expression.Length;)
        {
            char c = expression[i];
            int start = output.Length;
            switch (c)
            {
                case '(':
                    groups.Push((start, ignoreCase));
                    int opening = GroupOpening(expression, i);
                    ignoreCase |= expression.AsSpan(i, opening).Contains('i') && expression[i + opening - 1] == ':';
                    output.Append(expression, i, opening);
                    i += opening;
                    continue;
                case ')' when groups.Count > 0:
                    (atom, ignoreCase) = groups.Pop();
                    output.Append(c);
                    i++;
                    continue;
                case '*' or '+' or '?':
                    output.Append(c);
                    i++;
                    if (i < expression.Length && expression[i] == '+')
                    {
                        output.Insert(atom, "(?>").Append(')');
                        i++;
                    }
                    else if (i < expression.Length && expression[i] == '?')
                    {
                        output.Append('?');
                        i++;
                    }

                    continue;
                case '{' when expression.IndexOf('}', i) is > 0 and var close:
                    output.Append(expression, i, close + 1 - i);
                    i = close + 1;
                    if (i < expression.Length && expression[i] == '+')
                    {
                        // After an interval a plus repeats it, it does not make it possessive.
                        output.Insert(atom, "(?:").Append(")+");
                        i++;
                    }

                    continue;
                case '[':
                    atom = start;
                    i += CharacterClass(expression, i, output);
                    continue;
                case '\\':
                    atom = start;
                    i += Escape(expression, i, output, inClass: false);
                    continue;
                case 's' or 'S' when ignoreCase:
                    atom = start;
                    output.Append("[s\u017F]");
                    i++;
                    continue;
                default:
                    atom = start;
                    output.Append(c);
                    i++;
                    continue;
            }
        }

        return output.ToString();
    }

    /// <summary>The length of a group's opening: <c>(</c>, <c>(?:</c>, <c>(?i:</c>, <c>(?!</c> and their kin.</summary>
    private static int GroupOpening(string expression, int at)
    {
        if (at + 1 >= expression.Length || expression[at + 1] != '?')
        {
            return 1;
        }

        int end = at + 2;
        while (end < expression.Length && (char.IsAsciiLetter(expression[end]) || expression[end] is '-' or '<'))
        {
            end++;
        }

        return Math.Min(end + 1, expression.Length) - at;
    }

    /// <summary>Copies one character class; its length.</summary>
    private static int CharacterClass(string expression, int at, StringBuilder output)
    {
        int i = at + 1;
        output.Append('[');
        if (i < expression.Length && expression[i] == '^')
        {
            output.Append('^');
            i++;
        }

        while (i < expression.Length && expression[i] != ']')
        {
            if (expression[i] == '[' || (expression[i] == '&' && expression.AsSpan(i).StartsWith("&&")))
            {
                throw new UnusableInputException($"the pattern {expression} uses nested or intersected character classes, which is not supported");
            }

            if (expression[i] == '\\')
            {
                i += Escape(expression, i, output, inClass: true);
            }
            else
            {
                output.Append(expression[i++]);
            }
        }

        output.Append(']');
        return i + 1 - at;
    }

    /// <summary>Copies one escape, with the braces of <c>\p{..}</c> and <c>\x{..}</c>; its length.</summary>
    private static int Escape(string expression, int at, StringBuilder output, bool inClass)
    {
        if (at + 1 < expression.Length && expression[at + 1] is 'w' or 'W' && !(inClass && expression[at + 1] == 'W'))
        {
            output.Append(inClass ? WordCategories : $"[{(expression[at + 1] == 'W' ? "^" : "")}{WordCategories}{Latin1Words}]");
            return 2;
        }

        int close = at + 2 < expression.Length && expression[at + 2] == '{' ? expression.IndexOf('}', at) : -1;
        if (close > 0 && expression[at + 1] is 'x' or 'p' or 'P')
        {
            string inside = expression[(at + 3)..close];
            if (expression[at + 1] == 'x')
            {
                output.Append("\\u").Append(inside.PadLeft(4, '0'));
            }
            else
            {
                bool negated = inside.StartsWith('^') ^ (expression[at + 1] == 'P');
                output.Append(negated ? "\\P{" : "\\p{").Append(inside.TrimStart('^')).Append('}');
            }

            return close + 1 - at;
        }

        int length = Math.Min(2, expression.Length - at);
        output.Append(expression, at, length);
        return length;
    }
}
