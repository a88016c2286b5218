using System.Diagnostics.CodeAnalysis;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;

namespace Mllm.Cli.Commands;

/// <summary>How commands whose product is something else show what was found in the file.</summary>
internal static class Findings
{
    /// <summary>True and the value, or false after the errors were shown; warnings are shown either way.</summary>
    public static bool TryTake<T>(this Stage<T?> stage, Arguments arguments, Host host, [NotNullWhen(true)] out T? value)
        where T : class
    {
        value = stage.HasErrors ? null : stage.Value ?? throw new InvalidOperationException("a stage without errors gave nothing");
        if (value is null && arguments.Has(ModelOptions.Json))
        {
            host.Terminal.Out.Write(JsonRenderer.Render(stage.Diagnostics));
        }
        else if (!stage.Diagnostics.IsEmpty)
        {
            host.Terminal.Out.Flush();
            host.Terminal.Error.Write(Renderer.Render(stage.Diagnostics, host.Terminal.ErrorStyle));
            host.Terminal.Error.WriteLine($"\n{Renderer.Summary(stage.Diagnostics, host.Terminal.ErrorStyle)}");
        }
        return value is not null;
    }
}
