using System.IO.Compression;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// Decomposition mappings and combining classes. They are carried along because the projects build with
/// <c>InvariantGlobalization</c> (no ICU on the target machine), where <see cref="string.Normalize()"/> leaves
/// everything but ASCII alone.
/// </summary>
/// <remarks>
/// Layout, all numbers LEB128 varints: the number of decompositions, each as (code point minus the previous one,
/// length * 4 + compatibility * 2 + composes, the mapped code points as zigzag differences to the code point);
/// then the number of runs of one combining class, each as (first code point minus the previous first, length,
/// class as a byte).
/// </remarks>
internal static partial class UnicodeTables
{
    private static readonly Dictionary<int, (int[] To, bool Compatibility)> Decompositions = [];
    private static readonly Dictionary<(int First, int Second), int> Compositions = [];
    private static readonly Dictionary<int, byte> CombiningClasses = [];

    static UnicodeTables()
    {
        using var stream = new BufferedStream(
            new ZLibStream(new MemoryStream(Convert.FromBase64String(Packed)), CompressionMode.Decompress));
        int codePoint = 0;
        for (int left = Number(stream); left > 0; left--)
        {
            codePoint += Number(stream);
            int header = Number(stream);
            var to = new int[header >> 2];
            for (int i = 0; i < to.Length; i++)
            {
                int zigzag = Number(stream);
                to[i] = codePoint + ((zigzag >> 1) ^ -(zigzag & 1));
            }

            Decompositions[codePoint] = (to, (header & 2) != 0);
            if ((header & 1) != 0)
            {
                Compositions[(to[0], to[1])] = codePoint;
            }
        }

        int first = 0;
        for (int left = Number(stream); left > 0; left--)
        {
            first += Number(stream);
            int length = Number(stream);
            var combiningClass = (byte)stream.ReadByte();
            for (int i = 0; i < length; i++)
            {
                CombiningClasses[first + i] = combiningClass;
            }
        }
    }

    /// <summary>One step of a code point's decomposition, or null; Hangul syllables follow a formula instead.</summary>
    public static int[]? Decomposition(int codePoint, bool compatibility) =>
        Decompositions.TryGetValue(codePoint, out (int[] To, bool Compatibility) found) && (compatibility || !found.Compatibility)
            ? found.To
            : null;

    /// <summary>The code point that canonically decomposes to these two and may be composed again, or null.</summary>
    public static int? Composition(int first, int second) =>
        Compositions.TryGetValue((first, second), out int composed) ? composed : null;

    /// <summary>The canonical combining class; 0 for starters.</summary>
    public static int CombiningClass(int codePoint) => CombiningClasses.GetValueOrDefault(codePoint);

    private static int Number(Stream stream)
    {
        int value = 0, shift = 0;
        while (true)
        {
            int next = stream.ReadByte();
            value |= (next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }

            shift += 7;
        }
    }
}
