using System.Globalization;
using System.Runtime.InteropServices;
using Mllm.Runtime.Native;
using Xunit;

namespace Mllm.Runtime.Tests.Native;

public class FreedMemoryTests
{
    private const int Bytes = 40 << 20, Page = 4096;

    /// <summary>By itself glibc maps such a block anew each time: every one of its 10,240 pages is a fault.</summary>
    [Fact]
    public void Freed_blocks_are_used_again_without_new_pages()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad("libc.so.6", out _))
            return;
        FreedMemory.Keep();
        Faults();
        // Tests beside this one may take the freed block first, so one of several tries has to do.
        Assert.Contains(Enumerable.Range(0, 8).Select(_ => Faults()), faults => faults < 16);
    }

    /// <summary>How many pages the system had to give when a block is taken and written to.</summary>
    private static long Faults()
    {
        var block = Marshal.AllocHGlobal(Bytes);
        try
        {
            var before = MinorFaults();
            for (var offset = 0; offset < Bytes; offset += Page)
                Marshal.WriteByte(block, offset, 1);
            return MinorFaults() - before;
        }
        finally
        {
            Marshal.FreeHGlobal(block);
        }
    }

    /// <summary>The tenth field of proc(5)'s stat, of this thread alone; the second field ends with the last parenthesis.</summary>
    private static long MinorFaults()
    {
        var stat = File.ReadAllText("/proc/thread-self/stat");
        return long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[7], CultureInfo.InvariantCulture);
    }
}
