using System.Text.Json;

namespace Mllm.Runtime.Inputs;

/// <summary>The texts of a file that a tokenizer learns from.</summary>
public static class TrainingTexts
{
    /// <summary>Members of a record, or of a turn in it, that hold text a model reads or writes.</summary>
    private static readonly HashSet<string> Fields = ["caption", "text", "texts", "question", "answer", "value", "content"];

    private static readonly HashSet<string> Lists = ["conversations", "messages", "interleaved"];

    /// <summary>
    /// Of a <c>.jsonl</c> file the captions, texts, questions, answers and turns of every line's record; of any other
    /// file every line. Empty texts are left out, as are LLaVA's <c>&lt;image&gt;</c> lines.
    /// </summary>
    public static InputResult<IReadOnlyList<string>> Read(string path) => InputResult<IReadOnlyList<string>>.Of(path, () =>
    {
        bool isRecords = Path.GetExtension(path).Equals(".jsonl", StringComparison.OrdinalIgnoreCase);
        var texts = new List<string>();
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            if (isRecords)
            {
                texts.AddRange(OfRecord(line, number));
            }
            else
            {
                texts.Add(line);
            }
        }

        texts.RemoveAll(string.IsNullOrWhiteSpace);
        return texts;
    });

    private static List<string> OfRecord(string line, int number)
    {
        if (string.IsNullOrWhiteSpace(line))
        {
            return [];
        }

        try
        {
            using JsonDocument record = JsonDocument.Parse(line);
            return record.RootElement.ValueKind == JsonValueKind.Object
                ? [.. Of(record.RootElement)]
                : throw new UnusableInputException($"line {number} is not an object");
        }
        catch (JsonException problem)
        {
            throw new UnusableInputException($"line {number} is not valid JSON: {problem.Message}");
        }
    }

    private static IEnumerable<string> Of(JsonElement part) =>
        from member in part.EnumerateObject()
        from text in Fields.Contains(member.Name) ? Strings(member.Value)
            : Lists.Contains(member.Name) && member.Value.ValueKind == JsonValueKind.Array
                ? member.Value.EnumerateArray().Where(turn => turn.ValueKind == JsonValueKind.Object).SelectMany(Of)
                : []
        select text.Replace("<image>\n", "", StringComparison.Ordinal).Replace("\n<image>", "", StringComparison.Ordinal);

    private static IEnumerable<string> Strings(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => [value.GetString()!],
        JsonValueKind.Array => value.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!),
        _ => [],
    };
}
