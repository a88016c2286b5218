using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Printing;

/// <summary>The state dict as text: a line for each name with its shape and initialisation, equal ones of repeated layers joined.</summary>
internal static class ParameterText
{
    public static string Print(Graph graph)
    {
        var text = new StringBuilder($"params {Count(graph.Parameters)} in {graph.Parameters.Length} tensors\n");
        foreach (var component in graph.Parameters.GroupBy(p => p.Component))
        {
            text.Append(CultureInfo.InvariantCulture, $"  {component.Key} {Count(component)} in {component.Count()} tensors\n");
            var lines = component.GroupBy(p => (Pattern(p.Path), TensorType.Float(p.Shape), p.Initializer)).SelectMany(g => Names([.. g.Select(p => p.Path)])
                .Select(name => (Name: name, Shape: g.Key.Item2.ToString(), g.Key.Initializer))).ToList();
            var (name, shape) = (lines.Max(l => l.Name.Length), lines.Max(l => l.Shape.Length));
            foreach (var line in lines)
                text.Append(CultureInfo.InvariantCulture, $"    {line.Name.PadRight(name)}  {line.Shape.PadRight(shape)}  {line.Initializer}\n");
        }
        return text.ToString();
    }

    private static string Count(IEnumerable<Parameter> parameters)
    {
        var count = parameters.Aggregate(Dim.Zero, (sum, p) => sum + p.Count);
        return count.Value?.ToString("N0", CultureInfo.InvariantCulture) ?? count.ToString();
    }

    /// <summary>The path with <c>#</c> for each number.</summary>
    private static string Pattern(string path) => string.Join('.', path.Split('.').Select(part => IndexedText.Number(part) is null ? part : "#"));

    /// <summary>As few names as hold all the paths of one pattern: the numbers are split where they are no product of ranges.</summary>
    private static IEnumerable<string> Names(ImmutableArray<string> paths)
    {
        var indices = paths.Select(p => p.Split('.').Select(IndexedText.Number).OfType<long>().ToImmutableArray()).ToList();
        var parts = paths[0].Split('.');
        foreach (var product in Products(indices, 0))
        {
            var next = 0;
            yield return string.Join('.', parts.Select(part => IndexedText.Number(part) is null ? part : Set(product[next++])));
        }
    }

    private static string Set(ImmutableArray<long> numbers) => numbers.Length == 1 ? $"{numbers[0]}" : $"{{{IndexedText.Ranges(numbers)}}}";

    /// <summary>The tuples as products of sets, from the given place on: first numbers with equal continuations share one.</summary>
    private static IEnumerable<ImmutableArray<ImmutableArray<long>>> Products(List<ImmutableArray<long>> tuples, int place)
    {
        if (tuples[0].Length == place)
            return [[]];
        var continuations = tuples.GroupBy(t => t[place]).Select(g => (Number: g.Key, Tails: Products([.. g], place + 1).ToList()));
        return continuations.GroupBy(c => string.Join(";", c.Tails.Select(product => string.Join("|", product.Select(Set)))))
            .SelectMany(g => g.First().Tails.Select(tail => tail.Insert(0, [.. g.Select(c => c.Number).Order()])));
    }
}
