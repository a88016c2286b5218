using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Proves for every stage that what it trains is reached by the gradient of its objective.</summary>
internal sealed class StageGradients(CompileContext context, BoundModel model, Graph graph)
{
    private const string Media = "media";

    private readonly GradientReach _reach = new(graph.Functions);

    /// <summary>Warns of trained parameters that an objective does not reach: they would stay as they are.</summary>
    public void Check(ImmutableArray<Stage> stages)
    {
        foreach (var (stage, syntax) in stages.Zip(model.Stages))
        {
            if (stage.Loss is not { } loss)
                continue;
            var reached = Reached(loss);
            var lost = stage.Trained.Where(p => !reached.Contains(p)).ToList();
            if (lost.Count > 0)
                context.Report(StageErrors.Unreached(stage.Name, ParameterPaths.Summary(lost, graph.Parameters.Select(p => p.Path)), lost.Count, Place(syntax), Objective(syntax)));
        }
    }

    /// <summary>The paths of all parameters that a loss, the first result of its entry, depends on, also through what is encoded before.</summary>
    private HashSet<string> Reached(string loss)
    {
        var function = graph.Function(graph.Entry(loss)!.Function);
        var direct = _reach.From(function.Name, [0]);
        var reached = direct.Parameters.ToHashSet(StringComparer.Ordinal);
        var media = direct.Inputs.Select(i => function.Inputs[i].Name).Where(n => n.StartsWith(Media, StringComparison.Ordinal))
            .Select(n => int.Parse(n.AsSpan(Media.Length), CultureInfo.InvariantCulture)).ToList();
        if (media.Count > 0 && graph.Entry("encode") is { } encode)
            reached.UnionWith(_reach.From(encode.Function, media).Parameters);
        return reached;
    }

    private static Text.Span Place(StageSyntax stage) => stage.Entries.OfType<TrainSyntax>().FirstOrDefault()?.Span ?? stage.Name.Span;

    private static Text.Span? Objective(StageSyntax stage) => stage.Entries.OfType<StageSettingSyntax>().FirstOrDefault(e => e.Key.Text == "objective")?.Value.Span;
}
