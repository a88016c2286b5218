using System.Runtime.CompilerServices;

namespace Mllm.Runtime.Tests;

/// <summary>
/// Collects garbage all the time while tests run. TorchSharp gives LibTorch addresses and does not keep the tensors and numbers behind them alive meanwhile; one that nobody keeps
/// is then freed under an operation in every run of a test, and not in one of many.
/// </summary>
internal static class ConstantCollection
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    [ModuleInitializer]
    internal static void Begin() => new Thread(Collect) { IsBackground = true, Name = "collection" }.Start();

    private static void Collect()
    {
        for (var generation = 0; ; generation ^= 1)
        {
            GC.Collect(generation, GCCollectionMode.Forced, blocking: true);
            Thread.Sleep(Pause);
        }
    }
}
