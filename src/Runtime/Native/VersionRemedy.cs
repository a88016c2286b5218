using System.Buffers.Binary;

namespace Mllm.Runtime.Native;

/// <summary>
/// Lets a library that demands a newer libstdc++ than the system's load all the same, when it uses nothing of what is newer.
/// </summary>
/// <remarks>
/// TorchSharp's native library demands GLIBCXX_3.4.32 (GCC 13), which Debian 12 lacks, for the sake of one symbol,
/// std::ios_base_library_init(). GCC 13 only refers to it so that the linker records the demand: there is no relocation for it
/// and it is never called. (What it stands for, initialised standard streams, LibTorch's own libraries see to: they were
/// built with an older GCC.) Marking the demand VER_FLG_WEAK makes the dynamic loader accept its absence.
/// </remarks>
internal static class VersionRemedy
{
    private const ushort WeakFlag = 0x2;

    /// <summary>The versions that <paramref name="library"/> demands of <paramref name="provider"/> and that are not <paramref name="provided"/>.</summary>
    public static IReadOnlyList<VersionNeed> Missing(ElfImage library, string provider, IReadOnlySet<string> provided) =>
        [.. library.VersionNeeds().Where(need => need.File == provider && (need.Flags & WeakFlag) == 0 && !provided.Contains(need.Version))];

    /// <summary>A copy of <paramref name="bytes"/> with the flags of each need in <paramref name="missing"/> set to weak: 16 bits change for each.</summary>
    public static byte[] Apply(ReadOnlySpan<byte> bytes, IEnumerable<VersionNeed> missing)
    {
        var patched = bytes.ToArray();
        foreach (var need in missing)
            BinaryPrimitives.WriteUInt16LittleEndian(patched.AsSpan(need.FlagsOffset), (ushort)(need.Flags | WeakFlag));
        return patched;
    }
}
