using System.Text.Json.Serialization;

namespace Mllm.Runtime.Native;

/// <summary>What was found and done when LibTorch was loaded.</summary>
/// <param name="LibtorchPath">The file that holds LibTorch's CPU code; null when it is not loaded.</param>
/// <param name="LibtorchVersion">The LibTorch version that TorchSharp was built for; null when it is not loaded.</param>
/// <param name="Remedy">What was done about a libstdc++ older than the one TorchSharp's native library asks for.</param>
/// <param name="LibstdcxxPath">The C++ standard library that this process uses; null where that is not known (not Linux).</param>
/// <param name="HighestGlibcxx">The newest symbol version it defines, for instance "GLIBCXX_3.4.30".</param>
/// <param name="LoadSeconds">Wall time from the call of <see cref="TorchLibrary.Load"/> until tensors can be made.</param>
public sealed record TorchLibraryReport(
    string? LibtorchPath,
    string? LibtorchVersion,
    LibstdcxxRemedy Remedy,
    string? LibstdcxxPath,
    string? HighestGlibcxx,
    double LoadSeconds)
{
    /// <summary>Whether the loaded LibTorch comes with its CUDA part; whether there is a GPU is another question.</summary>
    public bool BuiltForCuda => Path.GetDirectoryName(LibtorchPath) is { } folder
        && (File.Exists(Path.Combine(folder, "libtorch_cuda.so")) || File.Exists(Path.Combine(folder, "torch_cuda.dll")));
}

/// <summary>What was done about a libstdc++ older than the one TorchSharp's native library asks for.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "outcome")]
[JsonDerivedType(typeof(NotNeeded), "notNeeded")]
[JsonDerivedType(typeof(Applied), "applied")]
[JsonDerivedType(typeof(AlreadyApplied), "alreadyApplied")]
[JsonDerivedType(typeof(Failed), "failed")]
public abstract record LibstdcxxRemedy
{
    private LibstdcxxRemedy() { }

    /// <summary>The library loads as it is.</summary>
    public sealed record NotNeeded : LibstdcxxRemedy;

    /// <summary>A copy at <paramref name="Path"/> was made that does without <paramref name="Version"/>, and loaded; null when it could not be kept.</summary>
    public sealed record Applied(string Version, string? Path) : LibstdcxxRemedy;

    /// <summary>The copy at <paramref name="Path"/>, which does without <paramref name="Version"/>, was there from an earlier start, and was loaded.</summary>
    public sealed record AlreadyApplied(string Version, string Path) : LibstdcxxRemedy;

    /// <summary>LibTorch could not be loaded; <paramref name="Reason"/> says why and what to do.</summary>
    public sealed record Failed(string Reason) : LibstdcxxRemedy;
}

/// <summary>LibTorch cannot be loaded on this machine: a broken environment, not a mistake in a model.</summary>
public sealed class TorchUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
