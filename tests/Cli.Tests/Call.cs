using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Native;
using Mllm.Runtime.Weights;

namespace Mllm.Cli.Tests;

/// <summary>One call of the program inside the test, with what it wrote and returned.</summary>
internal sealed record Call(int Code, string Out, string Error)
{
    /// <summary>Calls with the real compiler and runtime.</summary>
    public static Call Of(params string[] words) => With(null, null, "", words);

    public static Call With(ICompiler? compiler, IRuntime? runtime, string input, params string[] words)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        using var terminal = new Terminal(new StringReader(input), output, error);
        var code = Application.Run(words, terminal, (t, token) =>
            Session.Open(t, token) is var real ? real with { Compiler = compiler ?? real.Compiler, Runtime = runtime ?? real.Runtime } : real);
        return new Call(code, output.ToString(), error.ToString());
    }
}

/// <summary>A compiler that gives what a test sets.</summary>
internal sealed class FakeCompiler : ICompiler
{
    public ImmutableArray<Diagnostic> Findings { get; init; } = [];

    public ModelSummary? Summary { get; init; }

    public Func<PlanRequest, IPlan>? Planner { get; init; }

    public Exception? Bug { get; init; }

    public ImmutableArray<Diagnostic> Check(string path) => Bug is null ? Findings : throw Bug;

    public Stage<ModelSummary?> Summarise(ModelRequest request) => new(Summary, Findings);

    public Stage<Graph?> Compile(ModelRequest request) => new(null, Findings);

    public string Print(Graph graph) => throw new NotSupportedException();

    public Stage<string?> Import(string config, string? name, string? path) => new(null, Findings);

    public Stage<IPlan?> Plan(PlanRequest request) => new(Planner?.Invoke(request), Findings);
}

/// <summary>A runtime that gives what a test sets.</summary>
internal sealed class FakeRuntime : IRuntime
{
    public RunReport? Report { get; init; }

    public VerifyReport? Verified { get; init; }

    public RunRequest? Asked { get; private set; }

    public VerifyRequest? AskedToVerify { get; private set; }

    public Stage<RunReport?> Run(RunRequest request, Action<RunSetup> started, Action<string> token, Progress progress, CancellationToken cancellation)
    {
        Asked = request;
        if (Report is { } report)
        {
            started(report.Setup);
            foreach (var word in report is GenerationReport { Text: var text } ? text.Split(' ') : [])
                token(word + " ");
        }
        return new(Report, []);
    }

    public Stage<VerifyReport?> Verify(VerifyRequest request, Progress progress, CancellationToken cancellation)
    {
        AskedToVerify = request;
        return new(Verified, []);
    }

    public EvalReport? Evaluated { get; init; }

    public EvalRequest? AskedToEvaluate { get; private set; }

    public Stage<EvalReport?> Evaluate(EvalRequest request, Action<RunSetup> started, Action<string> warn, Progress progress, CancellationToken cancellation)
    {
        AskedToEvaluate = request;
        if (Evaluated is { } report)
            started(report.Setup);
        return new(Evaluated, []);
    }

    public Training.TrainRequest? AskedToTrain { get; private set; }

    public Stage<Training.TrainReport?> Train(Training.TrainRequest request, Action<Training.TrainSetup> started, Func<Mllm.Runtime.Training.Watching.ITrainingWatcher> watch, Action<string> warn, CancellationToken cancellation)
    {
        AskedToTrain = request;
        return new(null, []);
    }

    public DoctorReport Examine() => throw new NotSupportedException();

    public WeightsResult<CheckpointSources> Checkpoint(IReadOnlyList<string> paths) => throw new NotSupportedException();

    public InputResult<TextTokenizer> Tokenizer(string path) => throw new NotSupportedException();

    public Stage<LoadReport?> Compare(ModelRequest request, CheckpointSources checkpoints) => throw new NotSupportedException();

    public Stage<string?> Preprocess(PreprocessRequest request) => throw new NotSupportedException();

    public Stage<ExportReport?> Export(ExportRequest request) => throw new NotSupportedException();
}
