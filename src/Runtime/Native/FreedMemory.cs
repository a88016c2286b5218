using System.Runtime.InteropServices;

namespace Mllm.Runtime.Native;

/// <summary>What the C library does with memory that LibTorch frees.</summary>
/// <remarks>
/// glibc gives large blocks back to the system at once, and a step of training takes hundreds of them anew: the kernel then clears every page again, which is about half of a
/// small model's step. A process that keeps what it freed takes them from its own heap. It never shrinks, so this is for training, not for loading models.
/// </remarks>
public static partial class FreedMemory
{
    // <malloc.h> of glibc.
    private const int TrimThreshold = -1, TopPad = -2, MmapMax = -4, ArenaMax = -8;
    private const int Never = int.MaxValue, Growth = 64 << 20;

    /// <summary>Makes this process keep freed memory for its next allocations from now on. Does nothing where the C library is not glibc.</summary>
    public static void Keep()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out var library) || !NativeLibrary.TryGetExport(library, "mallopt", out _))
            return;
        _ = Set(TrimThreshold, Never);
        _ = Set(TopPad, Growth);
        _ = Set(MmapMax, 0);
        _ = Set(ArenaMax, 1);       // one heap for the threads that compute and those that read pictures
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int Set(int parameter, int value);
}
