namespace Mllm.Compiler.Diagnostics;

/// <summary>The role of a piece of text, which decides its colour.</summary>
public enum Style { None, Strong, Error, Warning, Frame, Help, Good, Code }

/// <summary>Turns styles into ANSI sequences, or into nothing.</summary>
public readonly record struct Palette(bool Colour)
{
    public string Paint(Style style, string text) => !Colour || style == Style.None || text.Length == 0 ? text : $"\e[{Sequence(style)}m{text}\e[0m";

    private static string Sequence(Style style) => style switch
    {
        Style.Strong => "1",
        Style.Error => "1;31",
        Style.Warning => "1;33",
        Style.Frame => "1;34",
        Style.Help => "1;36",
        Style.Good => "32",
        Style.Code => "36",
        _ => "0",
    };
}
