namespace Mllm.Runtime.Inputs;

/// <summary>The part of a tokenizer that was trained: turns one piece of text into ids.</summary>
internal abstract class TokenModel(Vocabulary vocabulary)
{
    public Vocabulary Vocabulary { get; } = vocabulary;

    /// <summary>Appends the ids of <paramref name="piece"/>, which is not empty.</summary>
    public abstract void Encode(string piece, List<int> ids);
}
