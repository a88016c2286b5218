using System.Collections.Immutable;
using Mllm.Compiler.Model;

namespace Mllm.Runtime.Prompting;

/// <summary>The token ids that stand for pictures, by injection.</summary>
/// <param name="Ids">For a prefix that replaces a placeholder, the placeholder's id; for woven media, the id that begins a picture; null for a plain prefix.</param>
public sealed record MediaTokens(ImmutableArray<long?> Ids)
{
    /// <summary>Finds the ids: those that the model file fixes, else the tokenizer's.</summary>
    /// <param name="idOf">The tokenizer's id of a special token, or null.</param>
    /// <exception cref="InputException">A placeholder has no id.</exception>
    public static MediaTokens Of(ModelProgram program, Func<string, long?> idOf)
    {
        long? Find(string token) => program.Tokenizer.Special.FirstOrDefault(s => s.Key == token).Value ?? idOf(token);
        var marker = program.Tokenizer.Special.Select(s => s.Key).FirstOrDefault(s => program.Prompt?.Template.Contains(s, StringComparison.Ordinal) == true)
            ?? program.Tokenizer.Special.Select(s => s.Key).FirstOrDefault();
        return new MediaTokens([.. program.Injections.Select(i => i switch
        {
            { Form: InjectionForm.Prefix, Placeholder: { } placeholder } => Find(placeholder) ?? throw new InputException($"neither the model file nor the tokenizer gives the placeholder \"{placeholder}\" an id"),
            { Form: InjectionForm.Prefix or InjectionForm.Operand } => null,
            _ => marker is null ? null : Find(marker),
        })]);
    }
}
