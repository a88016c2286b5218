namespace Mllm.Runtime.Inputs;

/// <summary>A token that is found in the text itself, before any splitting: <c>&lt;s&gt;</c>, <c>&lt;image&gt;</c> and their kin.</summary>
/// <param name="Content">How it is written.</param>
/// <param name="Id">Its id.</param>
internal sealed record AddedToken(string Content, int Id)
{
    /// <summary>It carries no text of its own: decoding may skip it.</summary>
    public bool Special { get; init; }

    /// <summary>It is looked for in the normalized text, else in the text as it came.</summary>
    public bool Normalized { get; init; }

    /// <summary>It swallows the white space before it.</summary>
    public bool LeftStrip { get; init; }

    /// <summary>It swallows the white space after it.</summary>
    public bool RightStrip { get; init; }

    /// <summary>It counts only between characters that form no word with it.</summary>
    public bool SingleWord { get; init; }

    /// <summary>What is looked for, where it is not <see cref="Content"/>: its normalized form.</summary>
    public string? Pattern { get; init; }
}
