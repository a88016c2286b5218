using System.Collections.Frozen;

namespace Mllm.Compiler.Binding;

/// <summary>The names that expressions over a batch know besides those of the model.</summary>
internal static class BatchTerms
{
    /// <summary>The mean next-token cross-entropy of the decoder over the supervised tokens: a loss.</summary>
    public const string LanguageModeling = "language_modeling";

    /// <summary>The tokens of a text with -100 where padding stands.</summary>
    public const string Labels = "labels";

    public static readonly FrozenSet<string> Names = FrozenSet.ToFrozenSet([LanguageModeling, Labels], StringComparer.Ordinal);
}
