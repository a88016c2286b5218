using System.Collections.Immutable;
using System.Diagnostics;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli;

/// <summary>Evaluates one task of a model on data: answers, or scores of pictures with texts.</summary>
internal static class EvalSession
{
    /// <param name="warn">Told of each record that is left out.</param>
    /// <returns>Null when the file has errors.</returns>
    public static Stage<EvalReport?> Run(EvalRequest request, Func<ModelProgram, ImmutableArray<string>, ModelSummary> summarise, Action<RunSetup> started, Action<string> warn, Progress progress,
        CancellationToken cancellation)
    {
        var data = new EvalData(DataSets.Open(request.Data), request, message => progress.Aside(() => warn(message)));
        var stage = RunSession.Prepare(request.ToRun(), summarise, setup => progress.Aside(() => started(setup)), progress, cancellation);
        if (stage.Value is not { } run)
            return new(null, stage.Diagnostics);
        using var output = request.Out is { } path ? new StreamWriter(path) { NewLine = "\n" } : null;
        var result = run.Task?.Entry is { } entry ? RetrievalSession.Run(run, entry, data, request, output) : AnswerSession.Run(run, data, request, output);
        return new(result, stage.Diagnostics);
    }

    /// <summary>The report of an evaluation that is done.</summary>
    public static EvalReport Report(RunSetup setup, EvalData data, ImmutableArray<Figure> figures, ImmutableArray<FigureGroup> by, double loadSeconds, Stopwatch clock) =>
        new(setup, data.Describe, data.Records, data.Skipped, figures, by, loadSeconds, clock.Elapsed.TotalSeconds);
}
