using System.Collections.Concurrent;
using System.Diagnostics;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Xunit;
using Xunit.Abstractions;

namespace Mllm.Compiler.Tests;

/// <summary>No input gives an exception, a span outside its text, or a check without end: ten thousand damaged copies of valid files.</summary>
public class Mutations(ITestOutputHelper output)
{
    private const int Count = 10_000;

    /// <summary>How long one check may take before it counts as one without end; a hundred times what the largest file needs.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task OfValidFilesGiveFindingsAndNothingElse()
    {
        if (TestCompiler.Check is not { } check)
        {
            output.WriteLine("skipped: the compiler is not connected to the tests");
            return;
        }
        var files = Repository.Files("architectures", "*.mllm").Concat(Repository.Files("tests/cases", "*.mllm").Where(Cases.IsValid))
            .Select(f => new SourceText(f, Repository.Read(f))).ToList();
        var queue = new ConcurrentQueue<(SourceText File, int Seed)>(Plan(files));
        var failures = new ConcurrentQueue<string>();
        var workers = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => new Worker(check, queue, failures)).ToList();
        // A thread of its own for each: one that hangs must not hold up the test, and a deep stack is the compiler's own to guard.
        foreach (var worker in workers)
            new Thread(worker.Run) { IsBackground = true }.Start();

        while (workers.Any(w => !w.Done.Task.IsCompleted) && failures.Count < 5)
        {
            await Task.WhenAny(Task.WhenAll(workers.Select(w => w.Done.Task)), Task.Delay(200));
            foreach (var worker in workers.Where(w => w.IsOverdue(Limit)))
                Assert.Fail($"no end after {Limit.TotalSeconds} s: {worker.Current}");
        }
        Assert.True(failures.IsEmpty, string.Join("\n\n", failures.Take(5)));
        Assert.Equal(Count, workers.Sum(w => w.Checked));
    }

    /// <summary>Each file's share is in inverse proportion to its length: short files are quick to check and hold as many kinds of mistakes.</summary>
    private static IEnumerable<(SourceText, int)> Plan(List<SourceText> files)
    {
        var weights = files.Select(f => 1.0 / Math.Max(200, f.Text.Length)).ToList();
        var (sum, done, seed) = (0.0, 0, 0);
        foreach (var (file, weight) in files.Zip(weights))
        {
            sum += weight;
            var until = (int)Math.Round(Count * sum / weights.Sum());
            for (; done < until; done++)
                yield return (file, seed++);
        }
    }

    private sealed class Worker(Func<SourceText, System.Collections.Immutable.ImmutableArray<Diagnostic>> check, ConcurrentQueue<(SourceText File, int Seed)> queue,
        ConcurrentQueue<string> failures)
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
                    Examine(check(new SourceText(next.File.Path, text)));
                }
                catch (Exception e)
                {
                    failures.Enqueue($"{e}\nfor {_current}");
                }
                Checked++;
            }
            Done.SetResult();
        }

        private static void Examine(System.Collections.Immutable.ImmutableArray<Diagnostic> findings)
        {
            foreach (var d in findings)
                foreach (var span in d.Secondary.Select(l => l.Span).Append(d.Primary.Span).Concat(d.Fix is { } fix ? [fix.Span] : []))
                    if (span.Source is null || span.Start < 0 || span.End < span.Start || span.End > span.Source.Text.Length)
                        throw new InvalidOperationException($"{d.Code} has the span {span.Start}..{span.End}, outside its text");
            Renderer.Render(findings, RenderOptions.Plain);
        }
    }
}
