namespace Mllm.Runtime.Execution;

/// <summary>The part of a linked program that one call of a repeated layer became.</summary>
/// <param name="Path">The layer's full path.</param>
/// <param name="Start">Its first instruction.</param>
/// <param name="Inputs">Registers that it reads and does not set.</param>
/// <param name="Outputs">Registers that it sets and that are read after it.</param>
/// <param name="Releases">Its inputs that nothing needs after it.</param>
internal sealed record Segment(string Path, int Start, Instruction[] Instructions, int[] Inputs, int[] Outputs, int[] Releases)
{
    public int End => Start + Instructions.Length;

    /// <summary>The segments of a program in order. One that draws is left out: run again, it would draw something else.</summary>
    public static Segment[] Of(Instruction[] instructions, int[] results)
    {
        var segments = new List<Segment>();
        for (var start = 0; start < instructions.Length; start++)
        {
            if (instructions[start].Site is not { } site)
                continue;
            var end = start;
            while (end < instructions.Length && ReferenceEquals(instructions[end].Site, site))
                end++;
            var body = instructions[start..end];
            var set = body.Select(i => i.Result).Where(r => r >= 0).ToHashSet();
            if (!body.Any(i => i.IsRandom))
                segments.Add(new Segment(site.Path, start, body,
                    [.. body.SelectMany(i => i.Operands).Where(r => r >= 0 && !set.Contains(r)).Distinct()],
                    [.. instructions[end..].SelectMany(i => i.Operands).Concat(results).Where(set.Contains).Distinct()],
                    [.. body.SelectMany(i => i.Releases).Where(r => !set.Contains(r))]));
            start = end - 1;
        }
        return [.. segments];
    }
}

/// <summary>One call of a layer, the same object for all instructions that it became.</summary>
internal sealed record Site(string Path);
