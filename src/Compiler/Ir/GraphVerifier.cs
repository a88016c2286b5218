using System.Collections.Immutable;

namespace Mllm.Compiler.Ir;

/// <summary>Checks what every graph promises, whatever pass made it. A problem is a bug of the compiler (MLLM9001), never of the user's file.</summary>
public static partial class GraphVerifier
{
    /// <summary>
    /// All problems, in the order of the graph: names and ids are unique, operands are defined before their use, types are those that ops infer and
    /// callees declare, nothing calls itself, and every parameter that a call chain from an entry reaches is declared with its shape.
    /// </summary>
    public static ImmutableArray<string> Verify(Graph graph)
    {
        var problems = new List<string>();
        problems.AddRange(Repeated(graph.Functions.Select(f => f.Name)).Select(n => $"two functions are named {n}"));
        problems.AddRange(Repeated(graph.Entries.Select(e => e.Name)).Select(n => $"two entries are named {n}"));
        problems.AddRange(Repeated(graph.Parameters.Select(p => p.Path)).Select(n => $"two parameters have the path {n}"));

        var functions = graph.Functions.GroupBy(f => f.Name).ToDictionary(g => g.Key, g => g.First());
        foreach (var entry in graph.Entries.Where(e => !functions.ContainsKey(e.Function)))
            problems.Add($"entry {entry.Name} names the function {entry.Function}, which does not exist");
        foreach (var function in graph.Functions)
            VerifyFunction(function, functions, problems);

        // Parameters are followed along calls, which ends only where calls do.
        var cycles = graph.Functions.Where(f => Reaches(f.Name, f.Name, functions, [])).ToList();
        problems.AddRange(cycles.Select(f => $"function {f.Name} calls itself"));
        if (cycles.Count == 0)
            VerifyParameters(graph, functions, problems);
        return [.. problems];
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> names) => names.GroupBy(n => n).Where(g => g.Count() > 1).Select(g => g.Key);

    private static bool Reaches(string from, string target, Dictionary<string, Function> functions, HashSet<string> seen) =>
        functions.TryGetValue(from, out var function)
        && function.Nodes.OfType<CallNode>().Any(c => c.Callee == target || (seen.Add(c.Callee) && Reaches(c.Callee, target, functions, seen)));
}
