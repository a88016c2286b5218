using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// The format before version 1.6: pickles of a magic number, a protocol number, facts of the machine, the object, and the
/// storages' keys; then each storage in the order of the keys, its number of elements in front. Numbers stand with their
/// lowest byte first on every machine.
/// </summary>
internal sealed class LegacyTorch : ITorchContainer
{
    private const int Protocol = 1001;
    private static readonly BigInteger Magic = BigInteger.Parse("1950a86a20f9469cfc6c", NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private readonly FileBytes file;
    private readonly Dictionary<string, (long Start, long Length)> located;

    private LegacyTorch(FileBytes file, PickleValue saved, Dictionary<string, (long Start, long Length)> located) =>
        (this.file, Object, this.located) = (file, saved, located);

    public PickleValue Object { get; }

    public bool IsBigEndian => false;

    /// <summary>Reads the pickles.</summary>
    /// <exception cref="RefusedException">for whatever is wrong with them; MLLM6053 where the first is not the magic number</exception>
    public static LegacyTorch Read(FileBytes file)
    {
        var input = new PickleInput(file, 0, file.Length);
        var unpickler = new Unpickler(input);
        if (First(file, unpickler) is not PickleInteger { Value: var magic } || magic != Magic)
            throw new RefusedException(PickleErrors.NotTorch(file.Path, "a pickle that does not begin with the magic number"));
        if (unpickler.Load() is not PickleInteger { Long: Protocol }) throw input.Malformed($"the protocol is not {Protocol}");
        unpickler.Load();
        var saved = unpickler.Load();
        var named = unpickler.Storages;
        var keys = unpickler.Load();
        return new LegacyTorch(file, saved, FindAll(file, keys, named, input.Position));
    }

    public (long Start, long Length) Locate(PickleStorage storage) =>
        located.TryGetValue(storage.Key, out var place) ? place : throw new RefusedException(PickleErrors.BadStorage(file.Path, storage.Key, "is not in the file"));

    // Only the object tells how large a storage's elements are, and so where the next one begins.
    private static Dictionary<string, (long Start, long Length)> FindAll(
        FileBytes file, PickleValue keys, IReadOnlyDictionary<string, PickleStorage> named, long start)
    {
        if (keys is not PickleSequence sequence) throw new RefusedException(PickleErrors.Malformed(file.Path, $"the storages' keys are {keys.Kind}", start));
        var located = new Dictionary<string, (long Start, long Length)>(StringComparer.Ordinal);
        var at = start;
        Span<byte> count = stackalloc byte[8];
        foreach (var item in sequence.Items)
        {
            if (item is not PickleText { Text: var key } || !named.TryGetValue(key, out var storage))
                throw new RefusedException(PickleErrors.Malformed(file.Path, "a storage's key is none that the object names", start));
            if (file.Length - at < count.Length) throw new RefusedException(PickleErrors.BadStorage(file.Path, key, "lies outside the file: the file is cut off"));
            file.Read(at, count);
            at += count.Length;
            var elements = BinaryPrimitives.ReadInt64LittleEndian(count);
            if (elements < 0 || (Int128)elements * storage.Type.Size > file.Length - at)
                throw new RefusedException(PickleErrors.BadStorage(file.Path, key, $"lies outside the file: it has {SafetensorsErrors.Number(elements)} elements"));
            if (!located.TryAdd(key, (at, elements * storage.Type.Size)))
                throw new RefusedException(PickleErrors.BadStorage(file.Path, key, "is there twice"));
            at += elements * storage.Type.Size;
        }
        return located;
    }

    // A file that is no pickle at all is better called that than a broken one; what a pickle names is refused by name.
    private static PickleValue First(FileBytes file, Unpickler unpickler)
    {
        try
        {
            return unpickler.Load();
        }
        catch (RefusedException e) when (e.Error.Code is not "MLLM6050")
        {
            throw new RefusedException(PickleErrors.NotTorch(file.Path, "neither a zip archive nor a pickle"));
        }
    }
}
