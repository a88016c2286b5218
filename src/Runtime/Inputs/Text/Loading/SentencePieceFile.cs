using System.Buffers.Binary;
using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>What kind of token a SentencePiece piece is; the numbers are those of its file format.</summary>
internal enum PieceKind
{
    Normal = 1,
    Unknown = 2,
    Control = 3,
    UserDefined = 4,
    Unused = 5,
    Byte = 6,
}

/// <summary>One piece of a SentencePiece model; its place in the list is its id.</summary>
internal sealed record SentencePiece(string Text, float Score, PieceKind Kind);

/// <summary>The contents of a SentencePiece <c>tokenizer.model</c> that encoding needs.</summary>
internal sealed record SentencePieceFile
{
    public required IReadOnlyList<SentencePiece> Pieces { get; init; }

    /// <summary>Byte-pair encoding; otherwise a unigram model.</summary>
    public bool IsBpe { get; init; }

    public bool ByteFallback { get; init; }

    public int BosId { get; init; } = 1;

    public int EosId { get; init; } = 2;

    public int PadId { get; init; } = -1;

    public byte[] CharsMap { get; init; } = [];

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; } = true;

    /// <summary>Reads the protocol buffer: field 1 the pieces, 2 the trainer's settings, 3 the normalizer's.</summary>
    public static SentencePieceFile Read(byte[] bytes)
    {
        var pieces = new List<SentencePiece>();
        var file = new SentencePieceFile { Pieces = pieces };
        foreach ((int field, ulong number, ReadOnlyMemory<byte> content) in Fields(bytes))
        {
            file = field switch
            {
                2 => file.WithTrainer(content),
                3 => file.WithNormalizer(content),
                _ => file,
            };
            if (field == 1)
            {
                pieces.Add(Piece(content));
            }
        }

        return pieces.Count > 0 ? file : throw new UnusableInputException("not a SentencePiece model: it has no pieces");
    }

    private SentencePieceFile WithTrainer(ReadOnlyMemory<byte> message)
    {
        SentencePieceFile file = this;
        foreach ((int field, ulong number, _) in Fields(message))
        {
            file = (field, (int)number) switch
            {
                (3, 1) => file with { IsBpe = false },
                (3, 2) => file with { IsBpe = true },
                (3, var kind) => throw new UnusableInputException($"model type {kind} is not supported; unigram (1) and BPE (2) are"),
                (24, not 0) => throw new UnusableInputException("treat_whitespace_as_suffix is not supported"),
                (35, var on) => file with { ByteFallback = on != 0 },
                (41, var id) => file with { BosId = id },
                (42, var id) => file with { EosId = id },
                (43, var id) => file with { PadId = id },
                _ => file,
            };
        }

        return file;
    }

    private SentencePieceFile WithNormalizer(ReadOnlyMemory<byte> message)
    {
        SentencePieceFile file = this;
        foreach ((int field, ulong number, ReadOnlyMemory<byte> content) in Fields(message))
        {
            file = (field, number) switch
            {
                (2, _) => file with { CharsMap = content.ToArray() },
                (3, var on) => file with { AddDummyPrefix = on != 0 },
                (4, var on) => file with { RemoveExtraWhitespaces = on != 0 },
                (5, 0) => throw new UnusableInputException("a normalizer without escape_whitespaces is not supported"),
                _ => file,
            };
        }

        return file;
    }

    private static SentencePiece Piece(ReadOnlyMemory<byte> message)
    {
        var piece = new SentencePiece("", 0, PieceKind.Normal);
        foreach ((int field, ulong number, ReadOnlyMemory<byte> content) in Fields(message))
        {
            piece = field switch
            {
                1 => piece with { Text = Encoding.UTF8.GetString(content.Span) },
                2 => piece with { Score = BitConverter.UInt32BitsToSingle((uint)number) },
                3 => piece with { Kind = (PieceKind)number },
                _ => piece,
            };
        }

        return piece;
    }

    /// <summary>The fields of one message: numbers of any width in Number, strings and messages in Content.</summary>
    private static IEnumerable<(int Field, ulong Number, ReadOnlyMemory<byte> Content)> Fields(ReadOnlyMemory<byte> message)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong tag = Varint(message.Span, ref at);
            ulong number = 0;
            ReadOnlyMemory<byte> content = default;
            switch (tag & 7)
            {
                case 0:
                    number = Varint(message.Span, ref at);
                    break;
                case 1:
                    number = BinaryPrimitives.ReadUInt64LittleEndian(Take(message, ref at, 8).Span);
                    break;
                case 2:
                    content = Take(message, ref at, Varint(message.Span, ref at));
                    break;
                case 5:
                    number = BinaryPrimitives.ReadUInt32LittleEndian(Take(message, ref at, 4).Span);
                    break;
                default:
                    throw Damaged();
            }

            yield return ((int)(tag >> 3), number, content);
        }
    }

    private static ReadOnlyMemory<byte> Take(ReadOnlyMemory<byte> message, ref int at, ulong length)
    {
        if (length > (ulong)(message.Length - at))
        {
            throw Damaged();
        }

        ReadOnlyMemory<byte> taken = message.Slice(at, (int)length);
        at += (int)length;
        return taken;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; shift < 64 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Damaged();
    }

    private static UnusableInputException Damaged() => new("not a SentencePiece model, or a damaged one");
}
