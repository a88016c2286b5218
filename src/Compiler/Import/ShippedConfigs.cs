using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Std;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Import;

/// <summary>Finds the shipped model that a configuration describes.</summary>
internal static class ShippedConfigs
{
    /// <summary>
    /// The reading by a section for the configuration's <c>model_type</c>; without one, by a section without a label. Of several that can read it, the one that
    /// leaves the fewest keys unread; of several that cannot, the one that fails least.
    /// </summary>
    public static Stage<ConfigReading?> Find(ConfigFile config)
    {
        if (config.Root.Find("model_type") is { IsNothing: false } node && config.ModelType is null)
            return new(null, [ImportErrors.ModelTypeNoText(node.Span)]);
        // Without a type the keys must tell which section is meant: it reads some.
        var readings = Sections().Where(s => s.Section.Label?.Value == config.ModelType && (config.ModelType is not null || Reads(s.Model, s.Section, config)))
            .Select(s => ConfigReading.Of(s.Model, s.Section, config)).ToList();
        if (readings.Where(r => r.Errors.IsEmpty).MinBy(r => r.Unread.Length) is { } good)
            return new(good, []);
        var meant = config.ModelType is null ? readings.Where(r => r.Unread.IsEmpty) : readings;
        if (meant.MinBy(r => r.Errors.Length) is { } best)
            return new(best, best.Errors);
        return new(null, [config.ModelType is { } type
            ? ImportErrors.UnknownModelType(type, config.Root.Find("model_type")!.Span, Types())
            : ImportErrors.NoModelReads(config.Root.Span with { End = config.Root.Span.Start + 1 })]);
    }

    private static bool Reads(Compilation shipped, SectionSyntax section, ConfigFile config) =>
        ConfigReads.Of(section, shipped.Module, config.Root).Mentions.Any(m => config.Root.At(m.Path) is { IsNothing: false });

    private static ImmutableArray<string> Types() => [.. Sections().Select(s => s.Section.Label?.Value).OfType<string>().Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<(Compilation Model, SectionSyntax Section)> Sections() =>
        from path in ShippedModels.Paths
        let shipped = ShippedModels.Load(path)
        where shipped?.Model is not null
        from section in shipped!.Model!.Items.OfType<SectionSyntax>()
        where section.Kind.Text == ConfigReader.Kind
        select (shipped, section);
}
