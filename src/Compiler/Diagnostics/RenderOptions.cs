namespace Mllm.Compiler.Diagnostics;

/// <summary>How text for people is laid out.</summary>
/// <param name="Colour">Whether to write ANSI colour sequences.</param>
/// <param name="Width">Terminal columns; longer source lines are cut around what is marked in them.</param>
public sealed record RenderOptions(bool Colour = false, int Width = 120)
{
    /// <summary>Without colour and with a fixed width: what a pipe gets, and what tests compare.</summary>
    public static readonly RenderOptions Plain = new();
}
