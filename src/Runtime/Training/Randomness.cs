using System.Security.Cryptography;
using System.Text;

namespace Mllm.Runtime.Training;

/// <summary>Numbers that follow from others and look like none of them.</summary>
internal static class Randomness
{
    /// <summary>The finaliser of SplitMix64 (Steele et al., 2014).</summary>
    public static ulong Mix(ulong z)
    {
        z += 0x9e3779b97f4a7c15;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    /// <summary>The first bytes of a text's SHA-256.</summary>
    public static ulong Hash(string text) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
