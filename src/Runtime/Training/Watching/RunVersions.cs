using System.Reflection;
using System.Runtime.InteropServices;
using Mllm.Runtime.Native;
using TorchSharp;

namespace Mllm.Runtime.Training.Watching;

/// <summary>What computed: the numbers of a run can differ in their last bits between any two of these.</summary>
/// <param name="LibTorch">Null where it could not be loaded.</param>
/// <param name="Processor">The processor's own name; null where it does not say.</param>
public sealed record RunVersions(string Mllmc, string DotNet, string TorchSharp, string? LibTorch, string OperatingSystem, string? Processor)
{
    /// <summary>The versions of this process; loads LibTorch.</summary>
    public static RunVersions OfProcess() => new(
        Version(typeof(RunVersions).Assembly),
        RuntimeInformation.FrameworkDescription,
        Version(typeof(torch).Assembly),
        TorchLibrary.Report.LibtorchVersion,
        $"{RuntimeInformation.OSDescription} ({RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()})",
        ProcessorFacts.Name());

    private static string Version(Assembly assembly) => assembly.GetName().Version?.ToString(3) ?? "?";
}
