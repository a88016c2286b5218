using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>A configuration as one <c>config</c> section of a model understands it.</summary>
/// <param name="Values">The model's parameters in order, complete; empty where <paramref name="Errors"/> is not.</param>
/// <param name="Errors">What the section could not make of the configuration; the places are those of the configuration where it has one.</param>
/// <param name="Unread">Keys that may change the computation and that the section does not read.</param>
internal sealed record ConfigReading(Compilation Shipped, SectionSyntax Section, ImmutableArray<KeyValuePair<string, BoundValue>> Values, ImmutableArray<Diagnostic> Errors,
    ImmutableArray<ConfigNode> Unread)
{
    public ModelSyntax Model => Shipped.Model!;

    public static ConfigReading Of(Compilation shipped, SectionSyntax section, ConfigFile config)
    {
        var (model, module) = (shipped.Model!, shipped.Module);
        var reads = ConfigReads.Of(section, module, config.Root);
        ImmutableArray<Diagnostic> errors = [.. NotObjects(config.Root, reads.Mentions)];
        ImmutableArray<KeyValuePair<string, BoundValue>> values = [];
        if (errors.IsEmpty)
        {
            var bag = new DiagnosticBag();
            var context = new CompileContext(module.File.Source, bag);
            var lowerer = new Lowerer(context);
            var arguments = new ConfigReader(context, lowerer).Arguments(model, module, section, config.Json);
            if (!context.HasErrors)
                values = Hyperparameters.Bind(new Evaluator(context, lowerer), model, model.Hyperparameters, module, arguments, new Scope(module, null), section.Kind.Span, name: null).Values;
            errors = [.. bag.ToImmutable().Select(d => AtConfig(d, config.Root, reads))];
        }
        return new(shipped, section, errors.IsEmpty ? values : [], errors, UnreadKeys.Find(config.Root, reads));
    }

    private static IEnumerable<Diagnostic> NotObjects(ConfigNode root, IEnumerable<Mention> mentions) =>
        from mention in mentions
        let owners = mention.Path.Split('.').SkipLast(1).ToList()
        from length in Enumerable.Range(1, owners.Count)
        let node = root.At(string.Join('.', owners.Take(length)))
        where node is { Kind: not (JsonValueKind.Object or JsonValueKind.Null) }
        group mention by node into found
        select ImportErrors.NotAnObject(found.Key.Path, found.Key.Span, found.First().Path, found.First().Span);

    /// <summary>A finding at an expression of the section, told of the values that the expression reads: the user wrote those.</summary>
    private static Diagnostic AtConfig(Diagnostic diagnostic, ConfigNode root, ConfigReads reads)
    {
        var span = diagnostic.Primary.Span;
        if (!reads.Sections.Any(s => IsWithin(span, s.Span)))
            return diagnostic;
        var read = reads.Mentions.Where(m => IsWithin(m.Span, span)).DistinctBy(m => m.Path).ToList();
        var nodes = read.Select(m => root.At(m.Path)).OfType<ConfigNode>().Where(n => n.Kind != JsonValueKind.Null).ToList();
        var whole = root.Span with { End = Math.Min(root.Span.Start + 1, root.Span.End) };
        if (nodes.Count > 0)
            return diagnostic with { Primary = new Label(nodes[0].Span, ""), Secondary = [new Label(span, "read here"), .. nodes.Skip(1).Select(n => new Label(n.Span, "and this"))], Fix = null };
        if (read.Count > 0 && diagnostic.Code is "MLLM3005" or "MLLM3008" or "MLLM3012")
            return ImportErrors.MissingKey([.. read.Select(m => m.Path)], Nearest(root, read[0].Path) ?? whole, span);
        return diagnostic with { Primary = new Label(whole, ""), Secondary = [new Label(span, "read here")], Fix = null };
    }

    private static bool IsWithin(Span inner, Span outer) => inner.Source == outer.Source && inner.Start >= outer.Start && inner.End <= outer.End;

    /// <summary>The key of the innermost object that is there of those that a path leads through.</summary>
    private static Span? Nearest(ConfigNode root, string path)
    {
        for (var end = path.LastIndexOf('.'); end > 0; end = path.LastIndexOf('.', end - 1))
            if (root.At(path[..end]) is { } owner)
                return owner.Key;
        return null;
    }
}
