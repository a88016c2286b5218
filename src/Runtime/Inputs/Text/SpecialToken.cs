namespace Mllm.Runtime.Inputs;

/// <summary>What a special token is for.</summary>
public enum TokenRole
{
    /// <summary>A marker of the model's own, such as a placeholder for an image.</summary>
    None,

    /// <summary>Begins a sequence.</summary>
    Bos,

    /// <summary>Ends a sequence.</summary>
    Eos,

    /// <summary>Fills a batch's shorter rows.</summary>
    Pad,

    /// <summary>Stands for what the vocabulary lacks.</summary>
    Unk,
}

/// <summary>A special token that a model file names: looked up in the tokenizer, or added to it.</summary>
/// <param name="Content">How it is written, "&lt;image&gt;" for example.</param>
/// <param name="Id">The id it must have; null takes the tokenizer's own, or the next free one.</param>
/// <param name="Role">The role it takes over, whatever the tokenizer says.</param>
public sealed record SpecialToken(string Content, long? Id = null, TokenRole Role = TokenRole.None);

/// <summary>The ids of a tokenizer's special tokens; null where it has none.</summary>
public sealed record SpecialIds(long? Bos, long? Eos, long? Pad, long? Unk);
