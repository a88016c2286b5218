using System.Collections.Immutable;
using System.Text.Json;

namespace Mllm.Runtime.Data;

/// <summary>Reads one JSON record in any of the accepted forms.</summary>
internal static class RecordReader
{
    private const string Forms = "`caption` or `text`, `question` with `answer`, `conversations` or `messages`, `interleaved`, or `images` with `texts`";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <exception cref="DataException">It is no JSON, or has another form.</exception>
    public static Sample Read(ReadOnlyMemory<byte> json, RecordPlace place)
    {
        try
        {
            using var document = JsonDocument.Parse(json, Strict);
            var record = new RecordObject(document.RootElement, place, "the record");
            var (turns, system) = Turns(record);
            return new Sample(place, turns, Fields(document.RootElement, system));
        }
        catch (JsonException problem)
        {
            throw Invalid(place, problem);
        }
        catch (InvalidOperationException)
        {
            // JSON may escape half of a surrogate pair; asking for such a text is what fails.
            throw new DataException(place, "has a text that is not valid Unicode");
        }
    }

    /// <summary>The reader's own words, without its count of lines, which begins at the record.</summary>
    public static DataException Invalid(RecordPlace place, JsonException problem) =>
        new(place, $"not valid JSON{(problem.BytePositionInLine is { } at ? $" at byte {at + 1} of the line" : "")}: {problem.Message.Split(" LineNumber:")[0]}");

    private static (ImmutableArray<Turn> Turns, string? System) Turns(RecordObject record)
    {
        string[] dialogues = [.. record.Present("conversations", "messages", "interleaved", "texts")];
        string[] plain = [.. record.Present("caption", "text", "question", "answer")];
        return (dialogues, plain) switch
        {
            ([], []) => throw record.Wrong($"has nothing to learn: expected {Forms}"),
            ([], _) => ([Plain(record)], null),
            (["conversations" or "messages"], []) => ConversationReader.Read(record, dialogues[0]),
            (["interleaved"], []) => (Interleaved(record), null),
            (["texts"], []) => (Paired(record), null),
            _ => throw record.Wrong($"has {Listed([.. dialogues, .. plain])}: expected one of {Forms}"),
        };
    }

    /// <summary>A caption, a text, or a question and its answer. A caption beside a question stays a field.</summary>
    private static Turn Plain(RecordObject item) => item.Present("caption", "text", "question", "answer").ToArray() switch
    {
        ["caption"] => new Turn(item.Pictures(), null, item.Text("caption")),
        ["text"] => new Turn(item.Pictures(), null, item.Text("text")),
        ["question", "answer"] or ["caption", "question", "answer"] => new Turn(item.Pictures(), item.Text("question"), item.Text("answer")),
        ["question"] or ["caption", "question"] => throw item.Wrong("has `question` without `answer`"),
        [] => throw item.Wrong("has no text: expected `caption`, `text`, or `question` with `answer`"),
        var found => throw item.Wrong($"has {Listed(found)}: expected `caption`, `text`, or `question` with `answer`"),
    };

    private static ImmutableArray<Turn> Interleaved(RecordObject record)
    {
        if (record.Present("image", "images").Any())
            throw record.Wrong("has pictures beside `interleaved`: expected them inside of it");
        return [.. record.Items("interleaved").Select((item, i) => Plain(new RecordObject(item, record.Place, $"`interleaved[{i}]`")))];
    }

    /// <summary>Pictures and texts of equal length; a picture without a text stands before the next text.</summary>
    private static ImmutableArray<Turn> Paired(RecordObject record)
    {
        var (images, texts) = (record.Items("images"), record.Items("texts"));
        if (images.Length != texts.Length)
            throw record.Wrong($"has {images.Length} `images` and {texts.Length} `texts`: expected as many (null where there is none)");
        var turns = ImmutableArray.CreateBuilder<Turn>();
        var waiting = ImmutableArray<string>.Empty;
        for (var i = 0; i < images.Length; i++)
        {
            if (images[i].ValueKind != JsonValueKind.Null)
                waiting = waiting.Add(record.Picture(images[i], $"images[{i}]"));
            if (texts[i].ValueKind == JsonValueKind.Null)
                continue;
            turns.Add(new Turn(waiting, null, record.Text(texts[i], $"texts[{i}]")));
            waiting = [];
        }

        if (!waiting.IsEmpty || turns.Count == 0)
            throw record.Wrong("has no text after its last picture: expected `texts` to end with one");
        return turns.ToImmutable();
    }

    private static ImmutableSortedDictionary<string, string> Fields(JsonElement record, string? system)
    {
        var fields = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        if (system is not null)
            fields["system"] = system;
        foreach (var member in record.EnumerateObject().Where(m => m.Name is not ("image" or "file_name")))
        {
            var text = member.Value.ValueKind switch
            {
                JsonValueKind.String => member.Value.GetString(),
                JsonValueKind.Number => member.Value.GetRawText(),
                JsonValueKind.True => "true",
                JsonValueKind.False => "false",
                _ => null,
            };
            if (text is not null)
                fields[member.Name] = text;
        }

        return fields.ToImmutable();
    }

    private static string Listed(string[] names) => string.Join(" and ", names.Select(n => $"`{n}`"));
}
