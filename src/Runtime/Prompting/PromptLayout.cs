using System.Collections.Immutable;
using Mllm.Compiler.Model;

namespace Mllm.Runtime.Prompting;

/// <summary>One sequence as the language model sees it: every array has one element for each position, visual tokens included.</summary>
/// <param name="Ids">Token ids; 0 where a visual token stands.</param>
/// <param name="ImageIndex">The 1-based number of the latest picture at this position, 0 before the first.</param>
/// <param name="Slots">For each injection: the row of the flattened media that stands here, or -1.</param>
/// <param name="Images">How many pictures the sequence has.</param>
public sealed record RowLayout(long[] Ids, long[] ImageIndex, ImmutableArray<long[]> Slots, int Images)
{
    public int Length => Ids.Length;

    /// <summary>The token that is to be predicted at each position, <see cref="PromptLayout.Unlabelled"/> where none is; null for a prompt alone.</summary>
    public long[]? Labels { get; init; }
}

/// <summary>
/// The one place that knows where visual tokens stand. The number of tokens per image is the injection's type, so placeholders, masks, positions and
/// labels cannot disagree.
/// </summary>
public static class PromptLayout
{
    /// <summary>The label of a position that is not to be predicted: a visual token, a part of the prompt, padding.</summary>
    public const long Unlabelled = -100;

    /// <summary>The id that stands for no text token in <see cref="RowLayout.Ids"/>: a row that exists in every embedding.</summary>
    private const long NoToken = 0;

    /// <summary>Lays out one sequence.</summary>
    /// <param name="ids">Token ids with one placeholder (or media token) per picture, without padding.</param>
    /// <param name="images">How many pictures there are for it; null takes as many as there are placeholders.</param>
    /// <param name="supervised">Which of the ids are to be predicted; empty for a prompt alone.</param>
    /// <exception cref="InputException">Placeholders and pictures disagree.</exception>
    public static RowLayout Of(ModelProgram program, MediaTokens tokens, ReadOnlySpan<long> ids, int? images = null, ReadOnlySpan<bool> supervised = default)
    {
        var prefixes = program.Injections.Where(i => i.Form == InjectionForm.Prefix).ToList();
        var count = images ?? Count(program, tokens, ids);
        var (outIds, index, labels) = (new List<long>(), new List<long>(), new List<long>());
        var slots = program.Injections.Select(_ => new List<long>()).ToArray();
        var seen = 0;

        void Text(long id, bool isLabel = false)
        {
            outIds.Add(id);
            labels.Add(isLabel ? id : Unlabelled);
            index.Add(seen);
            foreach (var s in slots)
                s.Add(-1);
        }

        void Media(Injection injection, int image)
        {
            var length = TokensOf(injection);
            for (var t = 0; t < length; t++)
            {
                Text(NoToken);
                slots[injection.Index][^1] = image * length + t;
            }
        }

        foreach (var injection in prefixes.Where(p => p.Placeholder is null))
            for (var image = 0; image < count; image++)
            {
                seen = image + 1;
                Media(injection, image);
            }
        // Where the text says which picture comes when, that counts; else all have been seen before the text.
        if (Count(program, tokens, ids) > 0)
            seen = 0;
        var met = new Dictionary<long, int>();
        for (var at = 0; at < ids.Length; at++)
        {
            var id = ids[at];
            var marked = program.Injections.Where(i => tokens.Ids[i.Index] == id).ToList();
            if (marked.Count > 0)
                seen = Math.Max(seen, met[id] = met.GetValueOrDefault(id) + 1);
            var replacing = marked.Where(i => i.Form == InjectionForm.Prefix).ToList();
            if (replacing.Count == 0)
                Text(id, at < supervised.Length && supervised[at]);
            foreach (var injection in replacing)
                Media(injection, met[id] - 1);
        }
        foreach (var injection in program.Injections)
            if (tokens.Ids[injection.Index] is { } mark && met.GetValueOrDefault(mark) is var marks
                // A prefix takes its pictures' places; in woven media pictures may be left that no text sees.
                && (injection.Form == InjectionForm.Prefix ? marks != count : marks > count))
                throw new InputException($"the prompt has {marks} placeholder{(marks == 1 ? "" : "s")} for {count} picture{(count == 1 ? "" : "s")}");
        return new RowLayout([.. outIds], [.. index], [.. slots.Select(s => s.ToArray())], count) { Labels = supervised.IsEmpty ? null : [.. labels] };
    }

    /// <summary>The visual tokens that one picture of an injection becomes.</summary>
    public static int TokensOf(Injection injection) =>
        checked((int)(injection.Tokens.Value ?? throw new InputException($"the number of tokens per picture ({injection.Tokens}) depends on the frames; it must be fixed to lay out a prompt")));

    /// <summary>How many pictures the text marks.</summary>
    private static int Count(ModelProgram program, MediaTokens tokens, ReadOnlySpan<long> ids)
    {
        var most = 0;
        foreach (var mark in program.Injections.Select(i => tokens.Ids[i.Index]).OfType<long>())
            most = Math.Max(most, ids.Count(mark));
        return most;
    }
}
