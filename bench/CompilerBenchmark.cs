using Mllm.Compiler;
using Mllm.Compiler.Std;

namespace Mllm.Bench;

/// <summary>How long checking and compiling the shipped models takes, in a process that is warm.</summary>
internal static class CompilerBenchmark
{
    public static void Run(int repeats)
    {
        Console.WriteLine($"checking a file (all variants) and compiling its largest variant, medians of {repeats} in ms");
        foreach (var path in ShippedModels.Paths)
        {
            var largest = ShippedModels.Load(path)!.Variants.MaxBy(v => ShippedModels.Load(path)!.Compile(new CompileRequest(v)).Value!.Graph.Parameters.Sum(p => p.Count.Value!.Value));
            var check = Measure.Median(Times(repeats, () => ShippedModels.Load(path)!.Check()));
            var compile = Measure.Median(Times(repeats, () => ShippedModels.Load(path)!.Compile(new CompileRequest(largest))));
            Console.WriteLine($"  {path,-44} check {1e3 * check,7:N1}   compile {largest,-18} {1e3 * compile,7:N1}");
        }
    }

    private static IEnumerable<double> Times(int repeats, Action action)
    {
        action();
        return Enumerable.Range(0, repeats).Select(_ => Measure.Seconds(action)).ToList();
    }
}
