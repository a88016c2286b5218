using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Finds the parameters that the selectors of a stage mean.</summary>
/// <param name="parameters">All parameters of the model.</param>
internal sealed class StageSelection(CompileContext context, Lowerer lowerer, BoundModel model, ImmutableArray<Parameter> parameters)
{
    private readonly SelectorResolver _resolver = new(context, new Evaluator(context, lowerer), model, decoder => model.Injected(decoder).Select(w => w.Block),
        part => model.AdaptedIn(part).Select(a => a.Block));

    /// <summary>The full paths in the graph's order, and whether the selectors name any part of the model at all.</summary>
    public (ImmutableArray<string> Paths, bool IsNamed) Paths(ImmutableArray<SelectorSyntax> selectors)
    {
        var selected = selectors.SelectMany(s => _resolver.Resolve(s)).Select(s => s.Instance).ToList();
        // An adapter stands at the path of what it adapts, whose own parameters are not meant.
        var adapters = selected.Intersect(model.Adapted.Select(a => a.Block)).ToList();
        // So does a member `at ""` at the path of its block.
        var pathless = selected.Except(adapters).Where(s => s.Owner is { } owner && owner.Path == s.Path).ToList();
        var own = adapters.Concat(pathless).SelectMany(a => ParameterCollector.Collect(a, "")).Select(p => p.Path).ToHashSet(StringComparer.Ordinal);
        var roots = selected.Except(adapters).Except(pathless).Select(s => s.Path).ToHashSet(StringComparer.Ordinal);
        return ([.. parameters.Where(p => own.Contains(p.Path) || roots.Any(r => StatePath.IsWithin(r, p.Path))).Select(p => p.Path)], selected.Count > 0);
    }

    /// <summary>Paths in few words: <c>vision.layers.3</c> for all that is in it.</summary>
    public ImmutableArray<string> Summary(IReadOnlyCollection<string> paths) => ParameterPaths.Summary(paths, parameters.Select(p => p.Path));
}
