using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir.Printing;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;

namespace Mllm.Cli.Comparison;

/// <summary>What is known of a model before it is trained.</summary>
/// <param name="Graph">A digest of the compiled model: two files with the same one are the same model.</param>
/// <param name="Trainable">Parameters that at least one of the stages changes.</param>
/// <param name="VisualTokens">Tokens that stand for one image, positions of the decoder or attended to; null where that depends on the input.</param>
/// <param name="Attended">Those of them that take no position of the decoder.</param>
/// <param name="Encode">Operations (a multiply-add is two) that encode one image; null without an encoder that feeds a decoder.</param>
/// <param name="Prefill">Operations on a prompt of <paramref name="Text"/> tokens and one image, what is done once for its images included; null without a decoder.</param>
/// <param name="Decode">Operations for the token after that prompt.</param>
/// <param name="Stages">Those that are trained.</param>
/// <param name="Frozen">Parts with parameters of which none of the stages changes any.</param>
internal sealed record ModelFacts(string Model, string? Variant, string Graph, long Parameters, long Trainable, long? VisualTokens, long? Attended, double? Encode, double? Prefill, double? Decode,
    long Text, ImmutableArray<StageShare> Stages, ImmutableArray<string> Frozen)
{
    /// <summary>Compiles a model and counts; null when its file has errors.</summary>
    /// <exception cref="Failure">It has none of the stages, or a size does not fit.</exception>
    public static Stage<ModelFacts?> Of(Contestant model, Conditions conditions)
    {
        var compiled = SourceFolder.Load(model.Model.Path).Compile(model.Model.ToCompile());
        if (compiled.Value is not { } program)
            return new(null, compiled.Diagnostics);
        var (plan, point) = (Plan.Of(program), new PlanPoint());
        var sizes = point.Sizes(plan);
        double? At(Compiler.Types.Dim? operations) => operations?.Evaluate(sizes);
        var stages = Shares(model, conditions, program);
        var trained = program.Stages.Where(s => stages.Any(w => w.Name == s.Name)).SelectMany(s => s.Trained).ToHashSet(StringComparer.Ordinal);
        var parts = program.Graph.Parameters.GroupBy(p => p.Component).ToList();
        long? Tokens(Func<PlanInjection, bool> which) => plan.Injections.Where(which).Aggregate((long?)0, (sum, i) => sum + Count(i.TokensPerImage));
        return new(new ModelFacts(program.Name, program.Variant, Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(GraphPrinter.ToText(program.Graph)))),
            plan.Parameters.Count, program.Graph.Parameters.Where(p => trained.Contains(p.Path)).Sum(p => p.Count.Value!.Value), Tokens(_ => true), Tokens(i => !i.InSequence),
            At(plan.Encode), At(plan.Prefill) + (At(plan.Media) ?? 0), At(plan.Decode), point.Text, stages,
            [.. parts.Where(p => !p.Any(q => trained.Contains(q.Path))).Select(p => p.Key)]), compiled.Diagnostics);

        long? Count(Compiler.Types.Dim tokens) => tokens.Symbols.All(sizes.ContainsKey) ? tokens.Evaluate(sizes) : null;
    }

    /// <summary>The stages that are trained, in the order of the file.</summary>
    private static ImmutableArray<StageShare> Shares(Contestant model, Conditions conditions, ModelProgram program)
    {
        var asked = model.Stages.IsEmpty ? conditions.Stages : model.Stages;
        var shares = asked.ToDictionary(s => s.Key, s => s.Value, StringComparer.Ordinal);
        // What is asked of all models need not be in each; what is asked of this one must.
        var unknown = model.Stages.Select(s => s.Key).FirstOrDefault(n => program.Stages.All(s => s.Name != n));
        ImmutableArray<StageShare> stages = [.. program.Stages.Where(s => shares.Count == 0 || shares.ContainsKey(s.Name)).Select(s => new StageShare(s.Name, shares.GetValueOrDefault(s.Name, 1), s.Terms))];
        if (unknown is null && stages.FirstOrDefault(s => !(s.Share > 0)) is { } none)
            throw new Failure($"the share of the stage '{none.Name}' is {none.Share}; it must be above 0");
        return unknown is null && !stages.IsEmpty ? stages
            : throw new Failure($"'{model.Name}' has {(unknown is null ? "none of the stages to train" : $"no stage '{unknown}'")}")
            {
                Help = program.Stages.IsEmpty ? "it has none at all" : $"its stages: {string.Join(", ", program.Stages.Select(s => s.Name))}",
            };
    }
}

/// <summary>A stage with its share of the budget.</summary>
/// <param name="Terms">The objectives whose sum is its loss; empty where that is language modelling alone.</param>
internal sealed record StageShare(string Name, double Share, ImmutableArray<string> Terms);
