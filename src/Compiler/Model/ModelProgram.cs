using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Model;

/// <summary>One compiled variant of a model: its graph, and what the planner and the runtime need to know around it.</summary>
/// <param name="Variant">The variant's name, or null for the model's own defaults.</param>
public sealed record ModelProgram(string Name, string? Variant, string? Doc, Graph Graph, ImmutableArray<Component> Components, ImmutableArray<Injection> Injections,
    ImmutableArray<Output> Outputs, ImmutableArray<Stage> Stages, ImmutableArray<ImageSettings> Images, TokenizerSettings Tokenizer, PromptSettings? Prompt,
    ImmutableArray<Checkpoint> Checkpoints)
{
    /// <summary>The language model, where there is one.</summary>
    public Component? Decoder => Components.FirstOrDefault(c => c.Role == Role.Decoder);

    public ImmutableArray<Component> Encoders => [.. Components.Where(c => c.Role == Role.Encoder)];

    /// <summary>Whether a picture may be several frames (a bridge takes the axis of frames).</summary>
    public bool HasFrames { get; init; }

    /// <summary>The members that blocks change (<c>adapt</c>), in the order of their selection.</summary>
    public ImmutableArray<Adapter> Adapters { get; init; } = [];

    /// <summary>The largest number of positions of the decoder, visual tokens included.</summary>
    public long? Context { get; init; }

    /// <summary>The rows of the decoder's embedding; where there is no decoder, of the first part that reads text.</summary>
    public long? Vocab { get; init; }

    /// <summary>The texts that the model takes beside pictures.</summary>
    public ImmutableArray<TextInput> Texts { get; init; } = [];

    public ImmutableArray<ModelTask> Tasks { get; init; } = [];

    /// <summary>The named losses.</summary>
    public ImmutableArray<Objective> Objectives { get; init; } = [];

    /// <summary>The texts that an entry takes, by name; none where there is no such entry.</summary>
    public ImmutableArray<string> TextsOf(string entry) =>
        [.. InputsOf(entry).Select(i => EntryInputs.After(EntryInputs.Text, i.Name)).OfType<string>()];

    /// <summary>Whether an entry takes pictures.</summary>
    public bool TakesPictures(string entry) => InputsOf(entry).Any(i => EntryInputs.IsPixels(i.Name));

    private ImmutableArray<Value> InputsOf(string entry) => Graph.Entry(entry) is { } e ? Graph.Function(e.Function).Inputs : [];

    /// <summary>The model's parameters with their values in this variant, for the summary and for tools.</summary>
    public ImmutableArray<KeyValuePair<string, string>> Settings { get; init; } = [];
}

/// <summary>What a part is for. A twin follows another part as a moving average, a queue keeps what training puts into it; neither is ever trained.</summary>
public enum Role { Encoder, Bridge, Decoder, Injected, Adapted, Member, Twin, Queue }

/// <summary>A named part of the model.</summary>
/// <param name="Block">The name of its block or primitive.</param>
/// <param name="Layers">The state paths of its <c>layers</c>, for observing hidden states.</param>
public sealed record Component(Role Role, string Name, string Block, ImmutableArray<string> Layers, Span Declared)
{
    /// <summary>The part that a twin follows; its parameters are the same in the same order.</summary>
    public string? TwinOf { get; init; }
}

/// <summary>Where media enters the language model.</summary>
/// <param name="Index">Its position in the file: the entries' inputs are <c>media0</c>, <c>slots0</c>, ...</param>
/// <param name="Tokens">Tokens that one image becomes.</param>
/// <param name="Width">The width of a token.</param>
/// <param name="Placeholder">The text that a prefix replaces, or null.</param>
/// <param name="Rule">The media rule of woven blocks.</param>
/// <param name="Joins">The state paths of the layers it is woven at; empty for a prefix.</param>
public sealed record Injection(int Index, InjectionForm Form, ImmutableArray<string> Parts, Dim Tokens, Dim Width, string? Placeholder, string? Rule, ImmutableArray<string> Joins, Span Declared)
{
    /// <summary>The number of images of a sample.</summary>
    public static readonly Dim Images = Dim.Symbol("images");

    /// <summary>The operand of the decoder's <c>forward</c> that the tokens are, or null.</summary>
    public string? Operand { get; init; }

    /// <summary>The size of the axis before the tokens', where an operand has one (such as one sequence for each layer).</summary>
    public Dim? Lead { get; init; }

    /// <summary>Whether the tokens are computed from a text too: then there is one image, and no axis of images.</summary>
    public bool IsSingle { get; init; }

    /// <summary>What the entries of the language model take: [images, tokens, width].</summary>
    public TensorType MediaType => TensorType.Float([.. IsSingle ? ImmutableArray<Dim>.Empty : [Images], .. Lead is { } lead ? [lead] : ImmutableArray<Dim>.Empty, Tokens, Width]);
}

/// <summary>How media enter: as positions of the sequence, through woven blocks, or as an operand of the decoder's <c>forward</c>.</summary>
public enum InjectionForm { Prefix, Woven, Operand }

/// <summary>A named tensor besides the logits.</summary>
/// <param name="Entry">Takes the pixels of one image and texts, or, where it is of a batch, all samples' together.</param>
public sealed record Output(string Name, string Entry, bool IsOfBatch = false);

/// <summary>A text that the model takes beside pictures: the inputs of entries are <c>text.NAME</c>.</summary>
/// <param name="Prompt">How a user's text becomes its tokens.</param>
public sealed record TextInput(string Name, PromptSettings Prompt);

/// <summary>What a model is asked to do: to generate with its decoder, or to give a score.</summary>
/// <param name="Entry">The entry that gives the score; null for a task that generates.</param>
/// <param name="Text">The user's text unless another is given, or null.</param>
/// <param name="Settings">The model's parameters that the task fixes, by name and as written.</param>
public sealed record ModelTask(string Name, string? Entry, string? Text, ImmutableArray<KeyValuePair<string, string>> Settings, Span Declared)
{
    /// <summary>The texts that the score's entry takes.</summary>
    public ImmutableArray<string> Texts { get; init; } = [];

    /// <summary>How many unfinished texts a generation keeps side by side; 1 takes token after token.</summary>
    public int Beams { get; init; } = 1;

    /// <summary>What the task's documentation comment says, or null.</summary>
    public string? Doc { get; init; }
}

/// <summary>A loss over a batch, by its entry.</summary>
public sealed record Objective(string Name, string Entry);

/// <summary>How a picture becomes the pixels of an encoder (of all encoders when <c>Encoder</c> is null).</summary>
public sealed record ImageSettings(string? Encoder, long Size, string Fit, string Resample, ImmutableArray<double> Background, ImmutableArray<double> Mean, ImmutableArray<double> Std)
{
    /// <summary>The colour that shows through a picture's alpha channel, 0 to 255; null: the channel is dropped, as the released processors do.</summary>
    public ImmutableArray<double>? Transparent { get; init; }

    public static readonly ImmutableArray<string> Fits = ["crop", "squash", "pad", "letterbox"];

    public static readonly ImmutableArray<string> Resamples = ["bicubic", "bilinear", "nearest"];
}

/// <summary>Special tokens by role, and the ids that the model fixes for some (null: wherever the tokenizer has them).</summary>
public sealed record TokenizerSettings(string? Bos, string? Eos, string? Pad, ImmutableArray<KeyValuePair<string, long?>> Special)
{
    public static readonly TokenizerSettings None = new(null, null, null, []);
}

/// <summary>The prompt: <c>{text}</c> in the template is the user's text; a placeholder is repeated once per image.</summary>
/// <param name="Bos">Whether the tokenizer's token for the beginning comes first.</param>
public sealed record PromptSettings(string Template, string Text, ImmutableArray<string> Stop, bool Bos, Span Declared)
{
    /// <summary>Special tokens that stand before and after everything, or null.</summary>
    public string? Start { get; init; }

    public string? End { get; init; }

    /// <summary>The most tokens, those of <see cref="Start"/> and <see cref="End"/> included; null for no bound.</summary>
    public long? Length { get; init; }

    /// <summary>Where the sample's answer stands in <see cref="Answer"/>.</summary>
    public const string AnswerPlace = "{answer}";

    /// <summary>What stands after the prompt in training, all of it supervised: <c>{answer}</c>, once, is the sample's answer.</summary>
    public string Answer { get; init; } = AnswerPlace;

    /// <summary>The template of a later turn of a conversation, which shows no pictures; <c>{text}</c> is what the user says.</summary>
    public string Turn { get; init; } = "{text}";
}

/// <summary>Where released weights keep the model's parameters.</summary>
/// <param name="Rules">State-path prefixes (with <c>*</c> for list indices) and what replaces them.</param>
public sealed record Checkpoint(string Name, ImmutableArray<KeyValuePair<string, string>> Rules, ImmutableArray<string> Ignore, Span Declared);
