using System.Collections.Immutable;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Mllm.Runtime.Data;

/// <summary>Reads a dialogue: LLaVA's <c>conversations</c> (from, value) or <c>messages</c> (role, content).</summary>
internal static partial class ConversationReader
{
    private enum Speaker
    {
        System,
        User,
        Model,
    }

    /// <summary>What one message says, the pictures that it names itself, and how many places for pictures it marks.</summary>
    private sealed record Message(Speaker Speaker, string Text, ImmutableArray<string> Pictures, int Marks);

    /// <summary>The exchanges, and what the system says before them.</summary>
    public static (ImmutableArray<Turn> Turns, string? System) Read(RecordObject record, string name)
    {
        Message[] messages = [.. record.Items(name).Select((item, i) => Of(new RecordObject(item, record.Place, $"`{name}[{i}]`")))];
        var system = messages is [{ Speaker: Speaker.System } first, ..] ? first.Text : null;
        if (system is not null)
            messages = messages[1..];
        var pictures = new Queue<string>(record.Pictures());
        var (given, marks) = (pictures.Count, messages.Sum(m => m.Marks));
        if (marks > 0 && marks != given)
            throw record.Wrong($"has {given} pictures and marks {marks} places for them in `{name}`");

        var turns = ImmutableArray.CreateBuilder<Turn>();
        Message? asked = null;
        for (var i = 0; i < messages.Length; i++)
        {
            var message = messages[i];
            switch (message.Speaker, asked)
            {
                case (Speaker.User, null):
                    asked = message;
                    break;
                case (Speaker.Model, not null):
                case (Speaker.Model, null) when i == 0:
                    if (string.IsNullOrWhiteSpace(message.Text))
                        throw record.Wrong($"has an empty answer in `{name}`");
                    var taken = marks == 0 ? (turns.Count == 0 ? given : 0) : asked?.Marks ?? 0;
                    ImmutableArray<string> own = [.. Enumerable.Range(0, taken).Select(_ => pictures.Dequeue()), .. asked?.Pictures ?? [], .. message.Pictures];
                    turns.Add(new Turn(own, string.IsNullOrWhiteSpace(asked?.Text) ? null : asked.Text, message.Text));
                    asked = null;
                    break;
                default:
                    throw record.Wrong($"has two messages of one speaker in a row in `{name}`: expected user and model in turn, a system message at most first");
            }
        }

        if (asked is not null || turns.Count == 0)
            throw record.Wrong($"does not end `{name}` with an answer");
        return (turns.ToImmutable(), system);
    }

    private static Message Of(RecordObject item)
    {
        var (roleName, textName) = item.Present("from").Any() ? ("from", "value") : ("role", "content");
        var role = item.Text(roleName);
        var speaker = role.ToLowerInvariant() switch
        {
            "human" or "user" => Speaker.User,
            "gpt" or "assistant" or "model" or "bot" => Speaker.Model,
            "system" => Speaker.System,
            _ => throw item.Wrong($"has '{role}' as `{roleName}`: expected human or user, gpt or assistant, or system"),
        };
        var content = item.Member(textName) ?? throw item.Wrong($"lacks `{textName}`");
        if (content.ValueKind == JsonValueKind.Array)
            return Parts(item, speaker, textName);
        var text = content.ValueKind == JsonValueKind.String ? content.GetString()! : item.Text(textName);
        return Unmarked(speaker, text, []);
    }

    /// <summary>A message in parts: texts, and pictures with their paths or as marks only.</summary>
    private static Message Parts(RecordObject item, Speaker speaker, string name)
    {
        var (texts, pictures, marks) = (new List<string>(), ImmutableArray.CreateBuilder<string>(), 0);
        foreach (var (element, i) in item.Items(name).Select((e, i) => (e, i)))
        {
            var part = new RecordObject(element, item.Place, $"`{name}[{i}]`");
            switch (part.Text("type"))
            {
                case "text":
                    texts.Add(part.Text("text"));
                    break;
                case "image_url" when part.Member("image_url") is { ValueKind: JsonValueKind.Object } link:
                    var url = new RecordObject(link, item.Place, "`image_url`");
                    pictures.Add(url.Picture(url.Member("url") ?? throw url.Wrong("lacks `url`"), "url"));
                    break;
                case "image" or "image_url":
                    if (part.Present("image", "path", "image_url").FirstOrDefault() is { } member)
                        pictures.Add(part.Picture(part.Member(member)!.Value, member));
                    else
                        marks++;
                    break;
                case var other:
                    throw part.Wrong($"has '{other}' as `type`: expected text, image or image_url");
            }
        }

        var message = Unmarked(speaker, string.Join('\n', texts), pictures.ToImmutable());
        return message with { Marks = message.Marks + marks };
    }

    /// <summary>Where pictures stand is the template's business: the user's marks and the line break beside each are taken out and counted.</summary>
    private static Message Unmarked(Speaker speaker, string text, ImmutableArray<string> pictures)
    {
        if (speaker != Speaker.User)
            return new Message(speaker, text, pictures, 0);
        var marks = 0;
        var rest = Mark().Replace(text, _ =>
        {
            marks++;
            return "";
        });
        return new Message(speaker, rest, pictures, marks);
    }

    [GeneratedRegex(@"<image>\r?\n|\r?\n<image>|<image>", RegexOptions.CultureInvariant)]
    private static partial Regex Mark();
}
