using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Shares a loop among as many threads as LibTorch may use.</summary>
internal static class Workers
{
    /// <summary>Runs parts of 0..count side by side.</summary>
    /// <param name="worth">How many threads the work is worth; waking one takes some microseconds.</param>
    /// <param name="part">Does the numbers from the first up to, not including, the second.</param>
    public static void Split(int count, long worth, Action<int, int> part)
    {
        var workers = (int)Math.Clamp(worth, 1, Math.Max(1, Math.Min(get_num_threads(), count)));
        if (workers == 1)
            part(0, count);
        else
            Parallel.For(0, workers, worker => part((int)((long)count * worker / workers), (int)((long)count * (worker + 1) / workers)));
    }
}
