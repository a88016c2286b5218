using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;

namespace Mllm.Runtime.Weights.Pickled;

/// <summary>
/// Reads pickles of protocols 0 to 5 as plain data. It has no way to import, call or construct anything: a pickle's calls
/// of the names in <see cref="KnownGlobals"/> are read as descriptions of data, and every other name ends the reading where
/// it is named. Nesting costs no stack, and what a pickle can make is bounded by its own length.
/// </summary>
internal sealed class Unpickler(PickleInput input)
{
    /// <summary>More steps than this are refused: each can make a value, and so many would fill gigabytes.</summary>
    public const int MostSteps = 20_000_000;

    // Whoever writes names or numbers as lines keeps them short.
    private const int LongestLine = 1000;

    private readonly List<PickleValue> stack = [];
    private readonly List<int> marks = [];
    private readonly Dictionary<long, PickleValue> memo = [];
    private long steps;

    /// <summary>The storages that were named, each by the first name it had.</summary>
    public Dictionary<string, PickleStorage> Storages { get; } = new(StringComparer.Ordinal);

    /// <summary>The value of the pickle that begins where the input stands; afterwards the input stands behind it.</summary>
    /// <exception cref="RefusedException">MLLM6050, MLLM6051, MLLM6052 or MLLM6059.</exception>
    public PickleValue Load()
    {
        stack.Clear();
        marks.Clear();
        memo.Clear();
        while (true)
        {
            var opcode = (char)input.Byte();
            if (opcode == '.') return stack.Count == 1 && marks.Count == 0 ? stack[0] : throw input.Malformed("it ends with values left over");
            Charge(1);
            Step(opcode);
        }
    }

    private void Charge(long cost)
    {
        steps += cost;
        if (steps > MostSteps) throw new RefusedException(PickleErrors.TooLarge(input.Path, "it has too many steps", MostSteps));
    }

    // The opcodes as Python's pickle module documents them, by kind of what they do.
    private void Step(char opcode)
    {
        if (Frame(opcode) || Constant(opcode) || Container(opcode) || Memory(opcode) || Call(opcode)) return;
        throw input.Malformed($"0x{(int)opcode:x2} is no opcode");
    }

    private bool Frame(char opcode)
    {
        switch (opcode)
        {
            case '\x80':
                if (input.Byte() is var protocol and > 5) throw input.Malformed($"protocol {protocol} is unknown");
                return true;
            case '\x95':
                input.Unsigned(8); // a frame's length helps who reads whole frames
                return true;
            case '(':
                marks.Add(stack.Count);
                return true;
            case '0':
                // As Python does: without a value above the mark it is the mark that goes.
                if (marks.Count > 0 && marks[^1] == stack.Count) marks.RemoveAt(marks.Count - 1);
                else Pop();
                return true;
            case '1':
                PopToMark();
                return true;
            case '2':
                Push(Top());
                return true;
            default:
                return false;
        }
    }

    private bool Constant(char opcode)
    {
        PickleValue? value = opcode switch
        {
            'N' => PickleConstant.None,
            '\x88' => PickleConstant.True,
            '\x89' => PickleConstant.False,
            'I' => LineInteger(input.Line(LongestLine)),
            'L' => Integer(input.Line(LongestLine).TrimEnd('L')),
            'F' => new PickleFloat(double.TryParse(input.Line(LongestLine), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw input.Malformed("a number is none")),
            'J' => new PickleInteger((int)(uint)input.Unsigned(4)),
            'K' => new PickleInteger(input.Byte()),
            'M' => new PickleInteger(input.Unsigned(2)),
            '\x8a' => new PickleInteger(new BigInteger(input.Bytes(input.Byte()))),
            '\x8b' => new PickleInteger(new BigInteger(input.Bytes(ShortLength(input.Unsigned(4))))),
            'G' => new PickleFloat(BinaryPrimitives.ReadDoubleBigEndian(input.Bytes(8))),
            'S' => new PickleText(Quoted(input.Line(1 << 20))),
            'T' => Text(input.Unsigned(4)),
            'U' => Text(input.Byte()),
            'V' => new PickleText(input.Line(1 << 20)),
            'X' => Text(input.Unsigned(4)),
            '\x8c' => Text(input.Byte()),
            '\x8d' => Text(input.Unsigned(8)),
            'B' => new PickleBytes(input.Bytes(input.Unsigned(4))),
            'C' => new PickleBytes(input.Bytes(input.Byte())),
            '\x8e' or '\x96' => new PickleBytes(input.Bytes(input.Unsigned(8))),
            _ => null,
        };
        if (value is not null) Push(value);
        return value is not null;
    }

    private bool Container(char opcode)
    {
        switch (opcode)
        {
            case ')': Push(new PickleSequence("tuple", [])); return true;
            case ']': Push(new PickleSequence("list", [])); return true;
            case '}': Push(new PickleDict(isOrdered: false)); return true;
            case '\x8f': Push(new PickleSequence("set", [])); return true;
            case 't': Push(new PickleSequence("tuple", PopToMark())); return true;
            case 'l': Push(new PickleSequence("list", PopToMark())); return true;
            case '\x91': Push(new PickleSequence("set", PopToMark())); return true;
            case '\x85': Push(new PickleSequence("tuple", Pop(1))); return true;
            case '\x86': Push(new PickleSequence("tuple", Pop(2))); return true;
            case '\x87': Push(new PickleSequence("tuple", Pop(3))); return true;
            case 'd':
                var pairs = PopToMark();
                Push(new PickleDict(isOrdered: false));
                SetItems(pairs);
                return true;
            case 's': SetItems(Pop(2)); return true;
            case 'u': SetItems(PopToMark()); return true;
            case 'a': Append(Pop(1)); return true;
            case 'e' or '\x90': Append(PopToMark()); return true;
            default: return false;
        }
    }

    private bool Memory(char opcode)
    {
        switch (opcode)
        {
            case 'p': memo[LineIndex()] = Top(); return true;
            case 'q': memo[input.Byte()] = Top(); return true;
            case 'r': memo[input.Unsigned(4)] = Top(); return true;
            case '\x94': memo[memo.Count] = Top(); return true;
            case 'g': Push(Remembered(LineIndex())); return true;
            case 'h': Push(Remembered(input.Byte())); return true;
            case 'j': Push(Remembered(input.Unsigned(4))); return true;
            default: return false;
        }
    }

    private bool Call(char opcode)
    {
        var position = input.Position - 1;
        switch (opcode)
        {
            case 'c':
                Push(Global(input.Line(LongestLine), input.Line(LongestLine), position));
                return true;
            case '\x93':
                if (Pop(2) is not [PickleText module, PickleText name]) throw input.Malformed("a name is no text");
                Push(Global(module.Text, name.Text, position));
                return true;
            case 'R':
                if (Pop(2) is not [var called, PickleSequence { IsTuple: true } arguments]) throw input.Malformed("a call has no tuple of arguments");
                if (called is not PickleGlobal global) throw Refused($"a call of {called.Kind}", position);
                Charge(PickleCalls.Copied(arguments.Items));
                Push(PickleCalls.Make(global, arguments.Items, input));
                return true;
            case 'b':
                Pop();
                // The attributes of an OrderedDict are notes of the library that wrote it, such as versions of its modules.
                return Top() is PickleDict { IsOrdered: true } ? true : throw Refused($"attributes of {Top().Kind}", position);
            case 'Q':
                var storage = PickleCalls.Storage(Pop(), input, position);
                Storages.TryAdd(storage.Key, storage);
                Push(storage);
                return true;
            case 'P':
                throw Refused($"the object `{WeightsError.Shown(input.Line(LongestLine))}`", position);
            case 'i':
                Global(input.Line(LongestLine), input.Line(LongestLine), position);
                throw Refused("an object made by INST", position);
            case 'o':
                throw Refused($"an object of {(PopToMark() is [var type, ..] ? type.Kind : "nothing")}", position);
            case '\x81':
                throw Refused($"an object of {Pop(2)[0].Kind}", position);
            case '\x92':
                throw Refused($"an object of {Pop(3)[0].Kind}", position);
            case '\x82' or '\x83' or '\x84':
                throw Refused($"the extension {input.Unsigned(1 << (opcode - '\x82'))}", position);
            case '\x97' or '\x98':
                throw Refused("a buffer from outside", position);
            default:
                return false;
        }
    }

    private PickleGlobal Global(string module, string name, long position) =>
        KnownGlobals.Find(module, name) ?? throw new RefusedException(PickleErrors.Refused(input.Path, $"{module}.{name}", position));

    private RefusedException Refused(string what, long position) => new(PickleErrors.RefusedUse(input.Path, what, position));

    private void SetItems(List<PickleValue> pairs)
    {
        if (pairs.Count % 2 != 0) throw input.Malformed("a key has no value");
        if (Top() is not PickleDict dict) throw input.Malformed($"keys are put into {Top().Kind}");
        for (var i = 0; i < pairs.Count; i += 2)
            if (!dict.Add(pairs[i], pairs[i + 1]))
                throw new RefusedException(PickleErrors.DuplicateKey(input.Path, ((PickleText)pairs[i]).Text, input.Position));
    }

    private void Append(List<PickleValue> items)
    {
        if (Top() is not PickleSequence { IsTuple: false } list) throw input.Malformed($"items are put into {Top().Kind}");
        list.Add(items);
    }

    private void Push(PickleValue value) => stack.Add(value);

    // Only what was pushed after the last mark can be taken without taking the mark.
    private int Bottom => marks.Count > 0 ? marks[^1] : 0;

    private PickleValue Top() => stack.Count > Bottom ? stack[^1] : throw input.Malformed("a value is missing");

    private PickleValue Pop() => Pop(1)[0];

    private List<PickleValue> Pop(int count)
    {
        if (stack.Count - Bottom < count) throw input.Malformed("a value is missing");
        var popped = stack.GetRange(stack.Count - count, count);
        stack.RemoveRange(stack.Count - count, count);
        return popped;
    }

    private List<PickleValue> PopToMark()
    {
        if (marks.Count == 0) throw input.Malformed("a mark is missing");
        var popped = Pop(stack.Count - marks[^1]);
        marks.RemoveAt(marks.Count - 1);
        return popped;
    }

    private PickleValue Remembered(long index) =>
        memo.TryGetValue(index, out var value) ? value : throw input.Malformed($"nothing was remembered as {index}");

    private long LineIndex() =>
        long.TryParse(input.Line(LongestLine), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw input.Malformed("an index is no number");

    // Protocol 0 has truth values as the integers 00 and 01.
    private PickleValue LineInteger(string line) => line switch
    {
        "00" => PickleConstant.False,
        "01" => PickleConstant.True,
        _ => Integer(line),
    };

    private PickleInteger Integer(string line) =>
        BigInteger.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? new(number) : throw input.Malformed("an integer is none");

    private long ShortLength(long length) => length <= 255 ? length : throw input.Malformed("an integer has more than 255 bytes");

    // Names that an older Python wrote are bytes; those that are not UTF-8 keep their bytes as characters.
    private PickleText Text(long length)
    {
        var bytes = input.Bytes(length);
        return new PickleText(System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : Encoding.Latin1.GetString(bytes));
    }

    private string Quoted(string line) =>
        line.Length >= 2 && line[0] is '\'' or '"' && line[^1] == line[0] ? line[1..^1] : throw input.Malformed("a text has no quotes");
}
