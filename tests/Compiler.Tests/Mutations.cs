using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.RegularExpressions;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Xunit;

namespace Mllm.Compiler.Tests;

/// <summary>
/// No input gives an exception, a span outside its text, or a check without end: ten thousand damaged copies of valid files. What is still without errors compiles, and the
/// verifier accepts it.
/// </summary>
public class Mutations
{
    private const int Count = 10_000;

    /// <summary>How long one check may take before it counts as one without end; a hundred times what the largest file needs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OfValidFilesGiveFindingsAndNothingElse()
    {
        var files = Repository.Files("architectures", "*.mllm").Concat(Repository.Files("tests/cases", "*.mllm").Where(f => Cases.IsValid(f) || f.Contains("/syntax/valid/")))
            .Select(f => new SourceText(f, Repository.Read(f))).ToList();
        var queue = new ConcurrentQueue<(SourceText File, int Seed)>(Plan(files));
        var failures = new ConcurrentDictionary<string, Failure>();
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Worker(queue, failures)).ToList();
        // Threads of their own: one that hangs must not hold up the test.
        foreach (var worker in workers)
            new Thread(worker.Run) { IsBackground = true }.Start();

        while (workers.Any(w => !w.Done.Task.IsCompleted))
        {
            await Task.WhenAny(Task.WhenAll(workers.Select(w => w.Done.Task)), Task.Delay(200));
            foreach (var worker in workers.Where(w => w.IsOverdue(Limit)))
                Assert.Fail($"no end after {Limit.TotalSeconds} s: {worker.Current}");
        }
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Values.Select(f => $"{f.Times} times: {f.Exception}\nfirst for {f.Input}")));
        Assert.Equal(Count, workers.Sum(w => w.Checked));
    }

    /// <summary>All failures at one place of the code, with one input that shows them.</summary>
    private sealed record Failure(Exception Exception, string Input, int Times);

    /// <summary>
    /// Each file's share is in inverse proportion to the work of a check: the text that is read, imports included, for each variant. Short files are quick to
    /// check and hold as many kinds of mistakes.
    /// </summary>
    private static IEnumerable<(SourceText, int)> Plan(List<SourceText> files)
    {
        var weights = files.Select(f => 1.0 / Math.Max(200, Lengths(f.Path, []) * Math.Max(1, Regex.Count(f.Text, @"^\s*variant ", RegexOptions.Multiline)))).ToList();
        var (sum, done, seed) = (0.0, 0, 0);
        foreach (var (file, weight) in files.Zip(weights))
        {
            sum += weight;
            var until = (int)Math.Round(Count * sum / weights.Sum());
            for (; done < until; done++)
                yield return (file, seed++);
        }
    }

    /// <summary>The characters of a file and of everything it imports, each file once.</summary>
    private static int Lengths(string path, HashSet<string> seen)
    {
        if (!Repository.Exists(path) || !seen.Add(path))
            return 0;
        var text = Repository.Read(path);
        var folder = path[..(path.LastIndexOf('/') + 1)];
        return text.Length + Regex.Matches(text, "^import \"([^\"]+)\"", RegexOptions.Multiline).Select(m => m.Groups[1].Value)
            .Sum(i => Lengths((i.StartsWith("std/", StringComparison.Ordinal) ? "architectures/" : folder) + i, seen));
    }

    private sealed class Worker(ConcurrentQueue<(SourceText File, int Seed)> queue, ConcurrentDictionary<string, Failure> failures)
    {
        private long _started;
        private volatile string _current = "";

        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Checked { get; private set; }

        public string Current => _current;

        public bool IsOverdue(TimeSpan limit) => !Done.Task.IsCompleted && Volatile.Read(ref _started) is > 0 and var at && Stopwatch.GetElapsedTime(at) > limit;

        public void Run()
        {
            while (queue.TryDequeue(out var next))
            {
                var text = Mutation.Apply(next.File.Text, new Random(next.Seed));
                _current = $"{next.File.Path} with seed {next.Seed}:\n{text}";
                Volatile.Write(ref _started, Stopwatch.GetTimestamp());
                try
                {
                    var compilation = TestCompiler.Load(new SourceText(next.File.Path, text));
                    var findings = compilation.Check();
                    CheckSpans(findings);
                    if (compilation.Model is not null && findings.All(d => d.Severity != Severity.Error))
                        CheckGraph(compilation);
                    // Rendering takes as long as a check; a quarter of them shows its mistakes as well.
                    if (next.Seed % 4 == 0)
                        Renderer.Render(findings, RenderOptions.Plain);
                }
                catch (Exception e)
                {
                    var place = $"{e.GetType()} {e.StackTrace?.Split('\n')[0]}";
                    failures.AddOrUpdate(place, new Failure(e, _current, 1), (_, f) => f with { Times = f.Times + 1 });
                }
                Checked++;
            }
            Done.SetResult();
        }

        private static void CheckGraph(Compilation compilation)
        {
            var program = compilation.Compile(new CompileRequest(Seen: (by, graph) =>
            {
                if (GraphVerifier.Verify(graph) is [var problem, ..])
                    throw new InvalidOperationException($"after {by}: {problem}");
            }));
            if (program.Value is null)
                throw new InvalidOperationException("a check found nothing, but there is no program");
        }

        private static void CheckSpans(ImmutableArray<Diagnostic> findings)
        {
            foreach (var d in findings)
                foreach (var span in d.Secondary.Select(l => l.Span).Append(d.Primary.Span).Concat(d.Fix is { } fix ? [fix.Span] : []))
                    if (span.Source is null || span.Start < 0 || span.End < span.Start || span.End > span.Source.Text.Length)
                        throw new InvalidOperationException($"{d.Code} has the span {span.Start}..{span.End}, outside its text");
        }
    }
}
