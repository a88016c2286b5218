using System.Collections.Immutable;
using Mllm.Cli.Training;
using Mllm.Compiler;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Import;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Planning;
using Mllm.Runtime.Data;
using Mllm.Runtime.Engine;
using Mllm.Runtime.Inputs;
using Mllm.Runtime.Native;
using Mllm.Runtime.Prompting;
using Mllm.Runtime.Training.Watching;
using Mllm.Runtime.Weights;

namespace Mllm.Cli;

/// <summary>What commands ask of the compiler. Mistakes in a file are diagnostics; a file that cannot be read is a <see cref="Failure"/>.</summary>
internal interface ICompiler
{
    /// <summary>Everything found in a file, in what it imports and in all its variants.</summary>
    ImmutableArray<Diagnostic> Check(string path);

    /// <summary>What one variant consists of; null when there are errors.</summary>
    Stage<ModelSummary?> Summarise(ModelRequest request);

    /// <summary>The compiled graph of one variant; null when there are errors.</summary>
    Stage<Graph?> Compile(ModelRequest request);

    /// <summary>What one variant needs; null when there are errors.</summary>
    Stage<IPlan?> Plan(PlanRequest request);

    /// <summary>The text of the file that a configuration (or the one in a folder) describes; null when there are errors.</summary>
    /// <param name="name">The model's new name.</param>
    /// <param name="path">The file that the text is for.</param>
    Stage<string?> Import(string config, string? name, string? path);
}

/// <summary>A plan that can be shown.</summary>
internal interface IPlan
{
    string ToText(RenderOptions options);

    string ToJson();
}

/// <summary>What commands ask of the runtime. All but <see cref="Examine"/>, <see cref="Run"/>, <see cref="Evaluate"/> and <see cref="Verify"/> do without LibTorch.</summary>
internal interface IRuntime
{
    /// <summary>What this machine and installation offer.</summary>
    DoctorReport Examine();

    /// <summary>Opens checkpoints, a later one over earlier ones, and reads their headers.</summary>
    WeightsResult<CheckpointSources> Checkpoint(IReadOnlyList<string> paths);

    /// <summary>Compares a model's parameters with the headers of checkpoints; null when the file has errors.</summary>
    Stage<LoadReport?> Compare(ModelRequest request, CheckpointSources checkpoints);

    /// <summary>Reads a tokenizer.</summary>
    InputResult<TextTokenizer> Tokenizer(string path);

    /// <summary>Generates text. <paramref name="started"/> is told before the first token, <paramref name="token"/> each piece of text as it comes.</summary>
    /// <returns>The report, or null when the file has errors.</returns>
    Stage<RunReport?> Run(RunRequest request, Action<RunSetup> started, Action<string> token, Progress progress, CancellationToken cancellation);

    /// <summary>Evaluates a task on data. <paramref name="started"/> is told before the first sample, <paramref name="warn"/> of each record that is left out.</summary>
    /// <returns>The report, or null when the file has errors.</returns>
    Stage<EvalReport?> Evaluate(EvalRequest request, Action<RunSetup> started, Action<string> warn, Progress progress, CancellationToken cancellation);

    /// <summary>Compares a model with reference results; null when the file has errors.</summary>
    Stage<VerifyReport?> Verify(VerifyRequest request, Progress progress, CancellationToken cancellation);

    /// <summary>Writes the pixels of a picture and gives the names and shapes of what was written; null when the file has errors.</summary>
    Stage<string?> Preprocess(PreprocessRequest request);

    /// <summary>Trains stages of a model; null when the file has errors.</summary>
    Stage<TrainReport?> Train(TrainRequest request, Action<TrainSetup> started, Func<ITrainingWatcher> watch, Action<string> warn, CancellationToken cancellation);

    /// <summary>Writes a checkpoint of a model as another; null when the file has errors, or what is to be merged cannot be.</summary>
    Stage<ExportReport?> Export(ExportRequest request);
}

/// <summary>The one place where the commands are connected to the compiler and the runtime.</summary>
internal static class Session
{
    public static Host Open(Terminal terminal, CancellationToken cancellation) => new(terminal, new CompilerSession(), new RuntimeSession(), cancellation);

    private sealed class CompilerSession : ICompiler
    {
        public ImmutableArray<Diagnostic> Check(string path) => SourceFolder.Load(path).Check();

        public Stage<ModelSummary?> Summarise(ModelRequest request)
        {
            var compilation = SourceFolder.Load(request.Path);
            var stage = compilation.Compile(request.ToCompile());
            return new(stage.Value is { } program ? SummaryOf(program, compilation.Variants) with { Tasks = TaskSummaries.Of(compilation, request, program) } : null, stage.Diagnostics);
        }

        public Stage<Graph?> Compile(ModelRequest request)
        {
            var stage = SourceFolder.Load(request.Path).Compile(request.ToCompile());
            return new(stage.Value?.Graph, stage.Diagnostics);
        }

        public Stage<IPlan?> Plan(PlanRequest request)
        {
            var stage = SourceFolder.Load(request.Model.Path).Compile(request.Model.ToCompile());
            if (stage.Value is not { } program)
                return new(null, stage.Diagnostics);
            if (request.Stage is { } name && program.Stages.All(s => s.Name != name))
                throw new Failure($"'{program.Name}' has no stage '{name}'") { Help = program.Stages.IsEmpty ? "it has none" : $"its stages: {string.Join(", ", program.Stages.Select(s => s.Name))}" };
            var standard = new PlanPoint();
            return new(new ShownPlan(Compiler.Planning.Plan.Of(program), standard with { Text = request.Text ?? standard.Text, Images = request.Images ?? standard.Images }, request.Stage), stage.Diagnostics);
        }

        public Stage<string?> Import(string config, string? name, string? path)
        {
            var source = SourceFolder.Source(Directory.Exists(config) ? Path.Combine(config, "config.json") : config);
            return path is null ? ModelImport.Run(source, name) : ModelImport.Run(source, name, path);
        }

        private sealed record ShownPlan(Plan Plan, PlanPoint Point, string? Stage) : IPlan
        {
            public string ToText(RenderOptions options) => PlanPrinter.ToText(Plan, Point, Stage);

            public string ToJson() => PlanPrinter.ToJson(Plan, Point) + "\n";
        }
    }

    private sealed class RuntimeSession : IRuntime
    {
        public DoctorReport Examine() => DoctorReport.Examine();

        public WeightsResult<CheckpointSources> Checkpoint(IReadOnlyList<string> paths) => CheckpointSources.Open(paths);

        public InputResult<TextTokenizer> Tokenizer(string path) => TokenizerLoader.Load(path);

        public Stage<LoadReport?> Compare(ModelRequest request, CheckpointSources checkpoints)
        {
            var stage = SourceFolder.Load(request.Path).Compile(request.ToCompile());
            return new(stage.Value is { } program ? Asked(() => ModelLoader.Plan(program, checkpoints)) : null, stage.Diagnostics);
        }

        public Stage<RunReport?> Run(RunRequest request, Action<RunSetup> started, Action<string> token, Progress progress, CancellationToken cancellation) =>
            Asked(() => RunSession.Run(request, SummaryOf, started, token, progress, cancellation));

        public Stage<EvalReport?> Evaluate(EvalRequest request, Action<RunSetup> started, Action<string> warn, Progress progress, CancellationToken cancellation) =>
            Asked(() => EvalSession.Run(request, SummaryOf, started, warn, progress, cancellation));

        public Stage<VerifyReport?> Verify(VerifyRequest request, Progress progress, CancellationToken cancellation) =>
            Asked(() => VerifySession.Run(request, cancellation));

        public Stage<TrainReport?> Train(TrainRequest request, Action<TrainSetup> started, Func<ITrainingWatcher> watch, Action<string> warn, CancellationToken cancellation) =>
            Asked(() => TrainSession.Run(request, SummaryOf, started, watch, warn, cancellation));

        public Stage<string?> Preprocess(PreprocessRequest request)
        {
            var stage = SourceFolder.Load(request.Model.Path).Compile(request.Model.ToCompile());
            return new(stage.Value is { } program ? Asked(() => PreprocessSession.Write(program, request.Image, request.Out)) : null, stage.Diagnostics);
        }

        public Stage<ExportReport?> Export(ExportRequest request)
        {
            var stage = SourceFolder.Load(request.Model.Path).Compile(request.Model.ToCompile());
            return stage.Value is { } program ? Asked(() => ExportSession.Run(program, request)) : new(null, stage.Diagnostics);
        }
    }

    /// <summary>Turns what the runtime cannot do with an input, or on this machine, into a failure that says so.</summary>
    private static T Asked<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (InputException e)
        {
            throw new Failure(e.Message);
        }
        catch (DataException e)
        {
            throw new Failure(e.Message) { ExitCode = e.Place is null ? ExitCode.Usage : ExitCode.Findings };
        }
        catch (TorchUnavailableException e)
        {
            throw new Failure(e.Message) { Help = "`mllmc doctor` says what was found" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new Failure(e.Message);
        }
    }

    private static ModelSummary SummaryOf(ModelProgram program, ImmutableArray<string> variants)
    {
        var counts = program.Graph.Parameters.ToLookup(p => p.Component);
        var components = program.Components.Select(c => new ComponentSummary(
            c.Role switch { Role.Injected => "woven", var role => role.ToString().ToLowerInvariant() }, c.Name, c.Block, counts[c.Name].Sum(p => p.Count.Value!.Value)));
        return new(program.Name, program.Doc?.Split("\n\n")[0].ReplaceLineEndings(" ").Trim(), program.Variant, variants, [.. components],
            [.. program.Injections.Select(Describe)]);
    }

    /// <summary>Where an injection's tokens go, as the summary says it.</summary>
    private static string Describe(Injection injection) => (injection.Form, injection.Placeholder) switch
    {
        (InjectionForm.Prefix, { } placeholder) => $"{injection.Tokens} tokens for each image, in place of {placeholder}",
        (InjectionForm.Prefix, _) => $"{injection.Tokens} tokens for each image, before the text",
        (InjectionForm.Operand, _) when injection.Tokens.Value is null => $"as many tokens as the text has ({injection.Tokens}), given to the decoder as `{injection.Operand}`",
        (InjectionForm.Operand, _) => $"{injection.Tokens} tokens for each image, given to the decoder as `{injection.Operand}`",
        _ => $"{injection.Tokens} tokens for each image, attended to at {injection.Joins.Length} layers ({injection.Rule})",
    };
}
