using System.Text.Json;

namespace Mllm.Runtime.Data;

/// <summary>Finds the records of a JSON file that is one list of objects, as LLaVA's are, without holding the file in memory.</summary>
internal static class ListIndex
{
    /// <summary>The longest record, in bytes.</summary>
    private const int MaxRecord = 64 << 20;

    /// <exception cref="DataException">It is no JSON, or no list of objects.</exception>
    public static List<RecordSpan> Of(Stream stream, string path)
    {
        var walk = new Walk(path);
        var buffer = new byte[1 << 18];
        var (held, state) = (0, new JsonReaderState());
        while (true)
        {
            var count = stream.ReadAtLeast(buffer.AsSpan(held), buffer.Length - held, throwOnEndOfStream: false);
            var last = held + count < buffer.Length;
            var rest = walk.Through(buffer.AsSpan(0, held + count), last, ref state);
            if (last)
                return walk.Records;
            // A token that does not end in the buffer is read again with more behind it.
            held = buffer.Length - rest;
            Array.Copy(buffer, rest, buffer, 0, held);
            if (held == buffer.Length)
            {
                if (held > MaxRecord)
                    throw new DataException($"{path}: has a text of more than {MaxRecord} bytes");
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }

    /// <summary>The state of a pass over the file's tokens.</summary>
    private sealed class Walk(string path)
    {
        private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

        /// <summary>Where the buffer begins in the file, and the line breaks before the last place that was counted to.</summary>
        private long _before;
        private uint _lines;
        private bool _isList;
        private (long Offset, uint Line) _begun;

        public List<RecordSpan> Records { get; } = [];

        /// <summary>Reads the tokens that end in the buffer; gives the number of bytes that are done with.</summary>
        public int Through(ReadOnlySpan<byte> buffer, bool last, ref JsonReaderState state)
        {
            var mark = _before == 0 && buffer.StartsWith(ByteOrderMark) ? ByteOrderMark.Length : 0;
            var reader = new Utf8JsonReader(buffer[mark..], last, state);
            var counted = 0;
            try
            {
                while (reader.Read())
                {
                    if (reader.CurrentDepth > 1)
                        continue;
                    var (start, end) = (mark + (int)reader.TokenStartIndex, mark + (int)reader.BytesConsumed);
                    _lines += (uint)buffer[counted..start].Count((byte)'\n');
                    counted = start;
                    Meet(reader.TokenType, reader.CurrentDepth, start, end);
                }
            }
            catch (JsonException problem)
            {
                throw RecordReader.Invalid(new RecordPlace(path, (problem.LineNumber ?? 0) + 1), problem);
            }

            var done = mark + (int)reader.BytesConsumed;
            _lines += (uint)buffer[counted..done].Count((byte)'\n');
            (_before, state) = (_before + done, reader.CurrentState);
            return done;
        }

        private void Meet(JsonTokenType token, int depth, int start, int end)
        {
            if (!_isList)
            {
                _isList = token == JsonTokenType.StartArray
                    ? true
                    : throw new DataException(new RecordPlace(path, _lines + 1), "a .json file is a list [...] of records; one record a line is JSON Lines (.jsonl)");
            }
            else if (depth == 1 && token is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                _begun = (_before + start, _lines + 1);
            }
            else if (depth == 1 && token is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                var length = _before + end - _begun.Offset;
                if (length > MaxRecord)
                    throw new DataException(new RecordPlace(path, _begun.Line), $"a record of {length} bytes; at most {MaxRecord} are accepted");
                Records.Add(new RecordSpan(_begun.Offset, (int)length, _begun.Line));
            }
            else if (depth == 1)
            {
                // A value that is no object is a record too, a broken one: it is reported at its turn, like every other.
                Records.Add(new RecordSpan(_before + start, end - start, _lines + 1));
            }
        }
    }
}
