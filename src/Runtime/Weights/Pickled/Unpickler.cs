using System.Globalization;

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

    private readonly PickleStack stack = new(input);
    private readonly Dictionary<long, PickleValue> memo = [];
    private long steps;

    /// <summary>The storages that were named, each by the first name it had.</summary>
    public Dictionary<string, PickleStorage> Storages { get; } = new(StringComparer.Ordinal);

    /// <summary>The value of the pickle that begins where the input stands; afterwards the input stands behind it.</summary>
    /// <exception cref="RefusedException">MLLM6050, MLLM6051, MLLM6052 or MLLM6059.</exception>
    public PickleValue Load()
    {
        stack.Clear();
        memo.Clear();
        while (true)
        {
            var opcode = (char)input.Byte();
            if (opcode == '.') return stack.Only();
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
        if (PickleLiterals.Read(opcode, input) is { } literal) stack.Push(literal);
        else if (!(Frame(opcode) || Container(opcode) || Memory(opcode) || Call(opcode))) throw input.Malformed($"0x{(int)opcode:x2} is no opcode");
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
                stack.Mark();
                return true;
            case '0':
                stack.Drop();
                return true;
            case '1':
                stack.PopToMark();
                return true;
            case '2':
                stack.Push(stack.Top());
                return true;
            default:
                return false;
        }
    }

    private bool Container(char opcode)
    {
        switch (opcode)
        {
            case ')': stack.Push(new PickleSequence("tuple", [])); return true;
            case ']': stack.Push(new PickleSequence("list", [])); return true;
            case '}': stack.Push(new PickleDict(isOrdered: false)); return true;
            case '\x8f': stack.Push(new PickleSequence("set", [])); return true;
            case 't': stack.Push(new PickleSequence("tuple", stack.PopToMark())); return true;
            case 'l': stack.Push(new PickleSequence("list", stack.PopToMark())); return true;
            case '\x91': stack.Push(new PickleSequence("set", stack.PopToMark())); return true;
            case '\x85': stack.Push(new PickleSequence("tuple", stack.Pop(1))); return true;
            case '\x86': stack.Push(new PickleSequence("tuple", stack.Pop(2))); return true;
            case '\x87': stack.Push(new PickleSequence("tuple", stack.Pop(3))); return true;
            case 'd':
                var pairs = stack.PopToMark();
                stack.Push(new PickleDict(isOrdered: false));
                SetItems(pairs);
                return true;
            case 's': SetItems(stack.Pop(2)); return true;
            case 'u': SetItems(stack.PopToMark()); return true;
            case 'a': Append(stack.Pop(1)); return true;
            case 'e' or '\x90': Append(stack.PopToMark()); return true;
            default: return false;
        }
    }

    private bool Memory(char opcode)
    {
        switch (opcode)
        {
            case 'p': memo[LineIndex()] = stack.Top(); return true;
            case 'q': memo[input.Byte()] = stack.Top(); return true;
            case 'r': memo[input.Unsigned(4)] = stack.Top(); return true;
            case '\x94': memo[memo.Count] = stack.Top(); return true;
            case 'g': stack.Push(Remembered(LineIndex())); return true;
            case 'h': stack.Push(Remembered(input.Byte())); return true;
            case 'j': stack.Push(Remembered(input.Unsigned(4))); return true;
            default: return false;
        }
    }

    private bool Call(char opcode)
    {
        var position = input.Position - 1;
        switch (opcode)
        {
            case 'c':
                stack.Push(Global(input.Line(PickleLiterals.LongestLine), input.Line(PickleLiterals.LongestLine), position));
                return true;
            case '\x93':
                if (stack.Pop(2) is not [PickleText module, PickleText name]) throw input.Malformed("a name is no text");
                stack.Push(Global(module.Text, name.Text, position));
                return true;
            case 'R':
                if (stack.Pop(2) is not [var called, PickleSequence { IsTuple: true } arguments]) throw input.Malformed("a call has no tuple of arguments");
                if (called is not PickleGlobal global) throw Refused($"a call of {called.Kind}", position);
                Charge(PickleCalls.Copied(arguments.Items));
                stack.Push(PickleCalls.Make(global, arguments.Items, input));
                return true;
            case 'b':
                stack.Pop();
                // The attributes of an OrderedDict are notes of the library that wrote it, such as versions of its modules.
                return stack.Top() is PickleDict { IsOrdered: true } ? true : throw Refused($"attributes of {stack.Top().Kind}", position);
            case 'Q':
                var storage = PickleCalls.Storage(stack.Pop(), input, position);
                Storages.TryAdd(storage.Key, storage);
                stack.Push(storage);
                return true;
            case 'P':
                throw Refused($"the object `{WeightsError.Shown(input.Line(PickleLiterals.LongestLine))}`", position);
            case 'i':
                Global(input.Line(PickleLiterals.LongestLine), input.Line(PickleLiterals.LongestLine), position);
                throw Refused("an object made by INST", position);
            case 'o':
                throw Refused($"an object of {(stack.PopToMark() is [var type, ..] ? type.Kind : "nothing")}", position);
            case '\x81':
                throw Refused($"an object of {stack.Pop(2)[0].Kind}", position);
            case '\x92':
                throw Refused($"an object of {stack.Pop(3)[0].Kind}", position);
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
        if (stack.Top() is not PickleDict dict) throw input.Malformed($"keys are put into {stack.Top().Kind}");
        for (var i = 0; i < pairs.Count; i += 2)
            if (!dict.Add(pairs[i], pairs[i + 1]))
                throw new RefusedException(PickleErrors.DuplicateKey(input.Path, ((PickleText)pairs[i]).Text, input.Position));
    }

    private void Append(List<PickleValue> items)
    {
        if (stack.Top() is not PickleSequence { IsTuple: false } list) throw input.Malformed($"items are put into {stack.Top().Kind}");
        list.Add(items);
    }

    private PickleValue Remembered(long index) =>
        memo.TryGetValue(index, out var value) ? value : throw input.Malformed($"nothing was remembered as {index}");

    private long LineIndex() =>
        long.TryParse(input.Line(PickleLiterals.LongestLine), NumberStyles.None, CultureInfo.InvariantCulture, out var index) ? index : throw input.Malformed("an index is no number");
}
