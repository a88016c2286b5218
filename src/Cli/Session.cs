using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;

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

    /// <summary>The complete text form of a graph.</summary>
    string Print(Graph graph);

    /// <summary>What one variant needs; null when there are errors.</summary>
    Stage<IPlan?> Plan(PlanRequest request);
}

/// <summary>A plan that can be shown.</summary>
internal interface IPlan
{
    string ToText(RenderOptions options);

    string ToJson();
}

/// <summary>What commands ask of the runtime. Everything behind it may load LibTorch; commands that need none never touch it.</summary>
internal interface IRuntime
{
    /// <summary>Generates text. <paramref name="started"/> is told before the first token, <paramref name="token"/> each piece of text as it comes.</summary>
    /// <returns>The report, or null when the file has errors.</returns>
    Stage<RunReport?> Run(RunRequest request, Action<RunSetup> started, Action<string> token, Progress progress, CancellationToken cancellation);

    /// <summary>Compares a model with reference results; null when the file has errors.</summary>
    Stage<VerifyReport?> Verify(VerifyRequest request, Progress progress, CancellationToken cancellation);

    /// <summary>Writes the pixel tensor of a picture and gives its shape; null when the file has errors.</summary>
    Stage<string?> Preprocess(PreprocessRequest request);
}

/// <summary>The one place where the commands are connected to the compiler and the runtime.</summary>
internal static class Session
{
    public static Host Open(Terminal terminal, CancellationToken cancellation) => new(terminal, new CompilerSession(), new RuntimeSession(), cancellation);

    private sealed class CompilerSession : ICompiler
    {
        public ImmutableArray<Diagnostic> Check(string path) => throw NotConnected();

        public Stage<ModelSummary?> Summarise(ModelRequest request) => throw NotConnected();

        public Stage<Graph?> Compile(ModelRequest request) => throw NotConnected();

        public string Print(Graph graph) => throw NotConnected();

        public Stage<IPlan?> Plan(PlanRequest request) => throw NotConnected();
    }

    private sealed class RuntimeSession : IRuntime
    {
        public Stage<RunReport?> Run(RunRequest request, Action<RunSetup> started, Action<string> token, Progress progress, CancellationToken cancellation) =>
            throw NotConnected();

        public Stage<VerifyReport?> Verify(VerifyRequest request, Progress progress, CancellationToken cancellation) => throw NotConnected();

        public Stage<string?> Preprocess(PreprocessRequest request) => throw NotConnected();
    }

    private static InvalidOperationException NotConnected() => new("this stage is not connected to the command line yet");
}
