using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>The findings of several compilations of one file: each mistake once, with the variants that have it where not all do.</summary>
internal sealed class Findings
{
    private const int MostVariants = 3;

    private readonly HashSet<Site> _sites = [];
    private readonly List<Diagnostic> _items = [];

    /// <summary>Takes findings as they are, but for those that were found before.</summary>
    public void Add(IEnumerable<Diagnostic> findings) => _items.AddRange(findings.Where(d => _sites.Add(Site.Of(d))));

    /// <summary>Takes what all variants of one model gave.</summary>
    public void Add(IReadOnlyList<(VariantSyntax Variant, ImmutableArray<Diagnostic> Found)> variants)
    {
        foreach (var same in variants.SelectMany(v => v.Found.Select(d => (v.Variant, Finding: d))).GroupBy(f => Site.Of(f.Finding)).ToList())
        {
            if (!_sites.Add(same.Key))
                continue;
            var (finding, having) = (same.First().Finding, same.Select(s => s.Variant).Distinct().ToList());
            // A mistake of one variant among several comes from its arguments, and so may that of a variant that stands alone.
            var isOfVariant = Trail.DependsOnValues(finding) && (having.Count < variants.Count || variants.Count == 1 && having[0].Value is CallSyntax { Arguments.Length: > 0 });
            _items.Add(!isOfVariant || having.Any(v => IsWithin(finding, v)) ? finding
                : having.Take(MostVariants).Aggregate(finding, (d, v) => d.SeeOnce(v.Name.Span, $"in the variant '{v.Name}'")));
        }
    }

    /// <summary>Takes those suspicions that all variants share.</summary>
    public void AddShared(IReadOnlyList<IReadOnlyList<Diagnostic>> variants) =>
        Add(variants.SelectMany(v => v.DistinctBy(Site.Of)).GroupBy(Site.Of).Where(same => same.Count() == variants.Count).Select(same => same.First()));

    public ImmutableArray<Diagnostic> ToImmutable() => [.. _items];

    private static bool IsWithin(Diagnostic finding, VariantSyntax variant) =>
        finding.Secondary.Append(finding.Primary).Any(l => l.Span.Source == variant.Span.Source && l.Span.Start >= variant.Span.Start && l.Span.End <= variant.Span.End);
}
