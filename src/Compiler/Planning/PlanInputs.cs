using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>What the planner needs besides the graph.</summary>
/// <param name="Components">The parts of the model in order; parameters name the one they belong to.</param>
/// <param name="Context">The decoder's largest number of positions, visual tokens included; null for no bound.</param>
public sealed record PlanInputs(string? Variant, ImmutableArray<PlanComponent> Components, ImmutableArray<PlanInjection> Injections, long? Context, ImmutableArray<PlanStage> Stages)
{
    public static PlanInputs Of(ModelProgram program) => new(
        program.Variant,
        [.. program.Components.Select(c => new PlanComponent(c.Name, c.Role == Role.Injected ? "woven" : c.Role.ToString().ToLowerInvariant()))],
        [.. program.Injections.Select(i => new PlanInjection(string.Join(" |> ", i.Parts), i.Tokens, i.Form == InjectionForm.Prefix))],
        program.Context,
        [.. program.Stages.Select(s => new PlanStage(s.Name, s.Trained))])
    {
        Texts = [.. program.Texts.Select(t => t.Name)],
        Scores = [.. program.Tasks.Where(t => t.Entry is not null).Select(t => KeyValuePair.Create(t.Name, t.Entry!))],
    };

    /// <summary>The sizes that count the tokens of texts beside the prompt.</summary>
    public ImmutableArray<string> Texts { get; init; } = [];

    /// <summary>The tasks that give a score, and their entries, which may be missing.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Scores { get; init; } = [];
}

/// <summary>A part of the model and its role in a word: encoder, bridge, decoder, woven.</summary>
public sealed record PlanComponent(string Name, string Role);

/// <summary>A way of images into the language model.</summary>
/// <param name="Name">The parts that an image passes.</param>
/// <param name="TokensPerImage">How many visual tokens one image becomes.</param>
/// <param name="InSequence">Whether these tokens are positions of the decoder, as a prefix is and cross-attention is not.</param>
public sealed record PlanInjection(string Name, Dim TokensPerImage, bool InSequence);

/// <summary>A stage of training and the paths of the parameters it changes.</summary>
public sealed record PlanStage(string Name, ImmutableArray<string> Trained);
