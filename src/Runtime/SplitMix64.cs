using System.Security.Cryptography;
using System.Text;

namespace Mllm.Runtime;

/// <summary>SplitMix64 (Steele et al., 2014): the one generator whose numbers are equal on all platforms and releases.</summary>
internal static class SplitMix64
{
    private const ulong Step = 0x9e3779b97f4a7c15;

    /// <summary>The next number of the sequence whose state is <paramref name="z"/>: neighbouring states become unrelated numbers.</summary>
    public static ulong Mix(ulong z)
    {
        z += Step;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>One number from several, each of which matters.</summary>
    public static ulong Join(params ReadOnlySpan<ulong> keys)
    {
        var mixed = 0UL;
        foreach (var key in keys)
            mixed = Mix(mixed ^ key);
        return mixed;
    }

    /// <summary>A key for a name: the first bytes of its SHA-256.</summary>
    public static ulong KeyOf(string name) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(name)), 0);

    /// <summary>A number in [0, 1) from the upper 53 bits.</summary>
    public static double Unit(ulong bits) => (bits >> 11) * (1.0 / (1UL << 53));

    /// <summary>The sequence of numbers that begins at a seed.</summary>
    public struct Sequence(ulong seed)
    {
        private ulong _state = seed;

        public ulong Next()
        {
            var drawn = Mix(_state);
            _state += Step;
            return drawn;
        }

        /// <summary>A number in [from, to).</summary>
        public double Between(double from, double to) => from + (to - from) * Unit(Next());

        public bool Chance(double probability) => Unit(Next()) < probability;
    }
}
