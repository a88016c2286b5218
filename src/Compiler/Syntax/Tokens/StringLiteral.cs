using System.Text;

namespace Mllm.Compiler.Syntax.Tokens;

/// <summary>The escapes of string literals: <c>\n \t \" \\</c>.</summary>
internal static class StringLiteral
{
    /// <summary>The value of a literal; a wrong escape stands for itself.</summary>
    /// <param name="text">The literal with its quotes; the closing one may be missing.</param>
    public static string Value(string text)
    {
        var end = text.Length > 1 && text[^1] == '"' ? text.Length - 1 : text.Length;
        var value = new StringBuilder(end);
        for (var i = 1; i < end; i++)
        {
            if (text[i] == '\\' && i + 1 < end && Escaped(text[i + 1]) is { } escaped)
            {
                value.Append(escaped);
                i++;
            }
            else
                value.Append(text[i]);
        }
        return value.ToString();
    }

    /// <summary>The offsets, from the start of the literal, of the backslashes that begin no known escape.</summary>
    public static IEnumerable<int> BadEscapes(string text)
    {
        for (var i = 1; i + 1 < text.Length; i++)
            if (text[i] == '\\')
            {
                if (Escaped(text[i + 1]) is null)
                    yield return i;
                i++;
            }
    }

    private static char? Escaped(char letter) => letter switch { 'n' => '\n', 't' => '\t', '"' => '"', '\\' => '\\', _ => null };
}
