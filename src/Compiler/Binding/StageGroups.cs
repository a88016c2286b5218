using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Reads the groups of a stage: <c>group vision.layers[0..4](lr: 1e-5)</c>, <c>group [a, b](weight_decay: 0)</c>.</summary>
internal sealed class StageGroups(CompileContext context, StageSettings settings, StageSelection selection)
{
    public const string Key = "group";

    /// <summary>The groups in order; what is wrong with one is reported, and the others are read.</summary>
    /// <param name="trained">The paths of what the stage trains.</param>
    public ImmutableArray<ParameterGroup> Read(StageSyntax stage, ImmutableArray<string> trained)
    {
        var groups = ImmutableArray.CreateBuilder<ParameterGroup>();
        var earlier = new List<(ImmutableArray<string> Paths, Span Span)>();
        foreach (var setting in stage.Entries.OfType<StageSettingSyntax>().Where(s => s.Key.Text == Key && s.Value is not MissingSyntax))
        {
            if (setting.Value is not CallSyntax call || Selectors(call.Callee) is not { } selectors)
            {
                context.Report(setting.Value is NameSyntax or MemberAccessSyntax or IndexSyntax ? StageErrors.GroupSetsNothing(setting.Value.Span) : StageErrors.NotAGroup(setting.Value.Span));
                continue;
            }
            var (rate, decay) = settings.Group(call);
            var before = context.Errors;
            var (paths, isNamed) = selection.Paths(selectors);
            if (context.Errors == before && IsGood(stage, call.Callee.Span, paths, isNamed, trained, earlier))
                groups.Add(new ParameterGroup(paths, rate, decay));
            earlier.Add((paths, call.Callee.Span));
        }
        return groups.ToImmutable();
    }

    /// <summary>Whether a group is of trained parameters alone and of no other group's; what is wrong is reported.</summary>
    private bool IsGood(StageSyntax stage, Span span, ImmutableArray<string> paths, bool isNamed, ImmutableArray<string> trained, List<(ImmutableArray<string> Paths, Span Span)> earlier)
    {
        if (paths.IsEmpty)
        {
            // `llm.injected` may rightly be nothing.
            if (isNamed)
                context.Report(StageErrors.GroupWithoutParameters(span));
            return false;
        }
        ImmutableArray<string> frozen = [.. paths.Except(trained)];
        if (frozen.Length > 0 && !trained.IsEmpty)
            context.Report(StageErrors.GroupNotTrained(stage.Name.Text, selection.Summary(frozen), span, stage.Entries.OfType<TrainSyntax>().First().Span));
        var (shared, first) = earlier.Select(e => (Paths: e.Paths.Intersect(paths).ToImmutableArray(), e.Span)).FirstOrDefault(e => e.Paths.Length > 0);
        if (!shared.IsDefaultOrEmpty)
            context.Report(StageErrors.GroupOverlap(selection.Summary(shared), span, first));
        return frozen.IsEmpty && shared.IsDefaultOrEmpty;
    }

    /// <summary>The selectors that expressions such as <c>vision.layers[0..4]</c>, or a list of them, mean; null where one is none.</summary>
    private static ImmutableArray<SelectorSyntax>? Selectors(ExpressionSyntax expression)
    {
        ImmutableArray<ExpressionSyntax> parts = expression switch { ListSyntax list => list.Elements, TupleSyntax tuple => tuple.Elements, _ => [expression] };
        ImmutableArray<SelectorSyntax?> selectors = [.. parts.Select(Selector)];
        return selectors.IsEmpty || selectors.Contains(null) ? null : [.. selectors.OfType<SelectorSyntax>()];
    }

    private static SelectorSyntax? Selector(ExpressionSyntax expression) => expression switch
    {
        NameSyntax name => new SelectorSyntax(new Name(name.Text, name.Span), [], name.Span),
        MemberAccessSyntax member => Selector(member.Target) is { } target ? target with { Steps = target.Steps.Add(new MemberStepSyntax(member.Name)), Span = member.Span } : null,
        IndexSyntax index => Selector(index.Target) is { } target ? target with { Steps = target.Steps.Add(new IndexStepSyntax(index.Indices, index.Span)), Span = index.Span } : null,
        _ => null,
    };
}
