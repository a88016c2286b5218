using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>Reads the opcodes that are a value by themselves: numbers, texts, bytes.</summary>
internal static class PickleLiterals
{
    /// <summary>Whoever writes names or numbers as lines keeps them short.</summary>
    public const int LongestLine = 1000;

    // A text of protocol 0 is a line too.
    private const int LongestText = 1 << 20;

    /// <summary>The value of an opcode that has been read, or null where it is no literal; the input then stands where it stood.</summary>
    /// <exception cref="RefusedException">MLLM6051</exception>
    public static PickleValue? Read(char opcode, PickleInput input) => opcode switch
    {
        'N' => PickleConstant.None,
        '\x88' => PickleConstant.True,
        '\x89' => PickleConstant.False,
        'I' => LineInteger(input.Line(LongestLine), input),
        'L' => Integer(input.Line(LongestLine).TrimEnd('L'), input),
        'F' => Float(input.Line(LongestLine), input),
        'J' => new PickleInteger((int)(uint)input.Unsigned(4)),
        'K' => new PickleInteger(input.Byte()),
        'M' => new PickleInteger(input.Unsigned(2)),
        '\x8a' => new PickleInteger(new BigInteger(input.Bytes(input.Byte()))),
        '\x8b' => new PickleInteger(new BigInteger(input.Bytes(ShortLength(input.Unsigned(4), input)))),
        'G' => new PickleFloat(BinaryPrimitives.ReadDoubleBigEndian(input.Bytes(8))),
        'S' => new PickleText(Quoted(input.Line(LongestText), input)),
        'V' => new PickleText(input.Line(LongestText)),
        'T' or 'X' => Text(input.Bytes(input.Unsigned(4))),
        'U' or '\x8c' => Text(input.Bytes(input.Byte())),
        '\x8d' => Text(input.Bytes(input.Unsigned(8))),
        'B' => new PickleBytes(input.Bytes(input.Unsigned(4))),
        'C' => new PickleBytes(input.Bytes(input.Byte())),
        '\x8e' or '\x96' => new PickleBytes(input.Bytes(input.Unsigned(8))),
        _ => null,
    };

    // Protocol 0 has truth values as the integers 00 and 01.
    private static PickleValue LineInteger(string line, PickleInput input) => line switch
    {
        "00" => PickleConstant.False,
        "01" => PickleConstant.True,
        _ => Integer(line, input),
    };

    private static PickleInteger Integer(string line, PickleInput input) =>
        BigInteger.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? new(number)
            : throw input.Malformed("an integer is none");

    private static PickleFloat Float(string line, PickleInput input) =>
        double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? new(number)
            : throw input.Malformed("a number is none");

    private static long ShortLength(long length, PickleInput input) =>
        length <= 255 ? length : throw input.Malformed("an integer has more than 255 bytes");

    // Names that an older Python wrote are bytes; those that are not UTF-8 keep their bytes as characters.
    private static PickleText Text(byte[] bytes) =>
        new(Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes));

    private static string Quoted(string line, PickleInput input) =>
        line.Length >= 2 && line[0] is '\'' or '"' && line[^1] == line[0] ? line[1..^1] : throw input.Malformed("a text has no quotes");
}
