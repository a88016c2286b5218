using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Prompting;

namespace Mllm.Runtime.Tests.Models;

/// <summary>A prompt whose pictures are named by numbers: equal numbers are equal pictures.</summary>
/// <param name="Words">Token ids, with <see cref="Picture"/> where a picture belongs.</param>
/// <param name="Pictures">One number for each of them.</param>
internal sealed record Prompt(ImmutableArray<long> Words, ImmutableArray<int> Pictures)
{
    public const long Picture = -1;

    /// <summary>The token that stands for a picture in the models of these tests; no word has it.</summary>
    public const long Marker = 319;

    public static Prompt Of(string words, params int[] pictures) => new([.. words.Split(' ').Select(w => w == "*" ? Picture : long.Parse(w))], [.. pictures]);

    /// <summary>The prompt as a model can take it: with exactly one picture where it takes no other number.</summary>
    public Prompt For(ModelProgram program)
    {
        if (!program.Injections.Any(i => i.IsSingle))
            return this;
        var first = Words.IndexOf(Picture);
        return new Prompt([.. Words.Where((w, i) => w != Picture || i == first)], [Pictures.IsEmpty ? 9 : Pictures[0]]);
    }

    /// <summary>The prompt with more words.</summary>
    public Prompt Then(params IEnumerable<long> words) => this with { Words = [.. Words, .. words] };

    /// <summary>How a model sees it: the marker where its prompts have one, nothing where they have none, and no pictures where it takes none.</summary>
    public RowLayout LayOut(ModelProgram program)
    {
        var tokens = MediaTokens.Of(program, _ => Marker);
        var hasMarker = tokens.Ids.Any(i => i is not null);
        var ids = Words.Where(w => w != Picture || hasMarker).Select(w => w == Picture ? tokens.Ids.OfType<long>().First() : w);
        return PromptLayout.Of(program, tokens, [.. ids], program.Injections.IsEmpty ? 0 : Pictures.Length);
    }
}
