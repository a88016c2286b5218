using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>Reads the sections of a model (image, tokenizer, prompt) into typed settings.</summary>
internal sealed class SectionReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    public const string ImageKind = "image", TextKind = "text", PromptKind = "prompt";
    private const string TokenizerKind = "tokenizer";
    private const int LargestPicture = 8192;

    private readonly SectionValues _values = new(context, lowerer, model.Scope);

    /// <summary>Reports sections that stand twice, and the keys of configurations.</summary>
    public void Check()
    {
        foreach (var section in model.Sections.Where(s => s.Kind.Text == ConfigReader.Kind))
            new ConfigReader(context, lowerer).Check(model.Syntax.Name, model.Syntax.Hyperparameters, model.Root.Module, section);
        foreach (var text in model.Sections.Where(s => s.Kind.Text == TextKind && s.Label is null))
            context.Report(WiringErrors.UnnamedText(text.Kind.Span));
        // Two texts of one name are two definitions of the name.
        foreach (var same in model.Sections.Where(s => s.Kind.Text is not ("" or TextKind)).GroupBy(s => (s.Kind.Text, s.Label?.Value)))
            foreach (var second in same.Skip(1))
                context.Report(NameErrors.DuplicateMember(second.Label is { } label ? new Name($"{second.Kind} \"{label.Value}\"", second.Kind.Span) : second.Kind, same.First().Kind.Span));
    }

    public ImmutableArray<ImageSettings> Images() => [.. model.Sections.Where(s => s.Kind.Text == ImageKind).Select(Image).OfType<ImageSettings>()];

    public TokenizerSettings Tokenizer()
    {
        if (model.Sections.FirstOrDefault(s => s.Kind.Text == TokenizerKind) is not { } section)
            return TokenizerSettings.None;
        _values.Known(section, "bos", "eos", "pad", "special");
        var special = ImmutableArray.CreateBuilder<KeyValuePair<string, long?>>();
        if (SectionValues.Find(section, "special")?.Value is MapSettingSyntax map)
            foreach (var entry in map.Settings)
                special.Add(KeyValuePair.Create(entry.Key.Text, Id(section, entry)));
        else
            special.AddRange(_values.Strings(section, "special").Select(s => KeyValuePair.Create(s, (long?)null)));
        return new TokenizerSettings(_values.Text(section, "bos"), _values.Text(section, "eos"), _values.Text(section, "pad"), special.ToImmutable());
    }

    private long? Id(SectionSyntax section, SettingSyntax entry)
    {
        const string expected = "a token's id or none";
        switch (_values.Value(section, entry, expected))
        {
            case ConstantValue { Constant: IntConstant { Size.Value: { } id } }:
                return id;
            case ConstantValue { Constant: NoneConstant }:
                return null;
            case var other:
                if (!other.IsError)
                    _values.Wrong(section, entry, expected, other.Describe);
                return null;
        }
    }

    /// <summary>The prompt with what training adds to it; null where there is none, or after an error, which has been reported.</summary>
    public PromptSettings? Prompt(TokenizerSettings tokenizer)
    {
        if (model.Sections.FirstOrDefault(s => s.Kind.Text == PromptKind) is not { } section || Prompt(section, isText: false) is not { } prompt)
            return null;
        var answer = SectionValues.Find(section, "answer");
        var text = answer is null ? null : _values.Text(section, answer);
        if (text is not null)
            StagePrompts.CheckAnswer(context, text, answer!.Value.Span);
        return prompt with
        {
            Answer = text ?? PromptSettings.AnswerPlace + (prompt.Stop.FirstOrDefault() ?? tokenizer.Eos ?? ""),
            Turn = _values.Text(section, "turn") ?? StagePrompts.WithoutPictures(prompt.Template, model, tokenizer),
        };
    }

    /// <summary>The texts beside the pictures: as the prompt is made, but they end by themselves and begin with no token unless one is named.</summary>
    public ImmutableArray<TextInput> Texts() =>
        [.. model.Texts.Select(s => Prompt(s, isText: true) is { } prompt ? new TextInput(s.Label!.Value, prompt) : null).OfType<TextInput>()];

    private PromptSettings? Prompt(SectionSyntax section, bool isText)
    {
        _values.Known(section, isText ? ["template", "text", "bos", "start", "end", "length"] : ["template", "text", "stop", "bos", "start", "answer", "turn"]);
        var template = SectionValues.Find(section, "template");
        if (template is null && !isText)
        {
            context.Report(WiringErrors.MissingSetting(PromptKind, "template", section.Kind.Span));
            return null;
        }
        var (text, stop, bos) = (_values.Text(section, "text") ?? "", _values.Strings(section, "stop"), _values.Bool(section, "bos", !isText));
        var (start, end, length) = (_values.Text(section, "start"), _values.Text(section, "end"), _values.Count(section, "length"));
        if ((template is null ? "{text}" : _values.Text(section, template)) is not { } value)
            return null;
        return new PromptSettings(value, text, stop, bos, template?.Span ?? section.Kind.Span) { Start = start, End = end, Length = length };
    }

    private ImageSettings? Image(SectionSyntax section)
    {
        _values.Known(section, "size", "fit", "resample", "background", "transparent", "mean", "std");
        var encoders = Encoders(section);
        var fit = _values.Word(section, "fit", ImageSettings.Fits);
        var resample = _values.Word(section, "resample", ImageSettings.Resamples);
        var background = Colour(section, "background");
        var transparent = SectionValues.Find(section, "transparent") is null ? (ImmutableArray<double>?)null : Colour(section, "transparent");
        var mean = _values.Colours(section, "mean", 0.5, "a list of three numbers", double.IsFinite);
        var std = _values.Colours(section, "std", 0.5, "a list of three numbers above 0", c => c > 0 && double.IsFinite(c));
        if (SectionValues.Find(section, "size") is not { } setting)
        {
            context.Report(WiringErrors.MissingSetting(ImageKind, "size", section.Kind.Span));
            return null;
        }
        const string expected = "a number of pixels";
        var value = _values.Value(section, setting, expected);
        if (value is not ConstantValue { Constant: IntConstant { Size.Value: > 0 and <= LargestPicture and var size } })
        {
            if (!value.IsError)
                _values.Wrong(section, setting, value is ConstantValue { Constant: IntConstant } ? $"{expected} from 1 to {LargestPicture}" : expected, value.Describe);
            return null;
        }
        foreach (var encoder in encoders)
            if (encoder.Picture is { } picture && picture.Shape.Skip(1).Any(side => side.Value is { } s && s != size))
                context.Report(WiringErrors.PictureSize(size, encoder.Name, picture.ToString(), setting.Value.Span, encoder.Instance.Declared));
        return fit is null || resample is null ? null : new ImageSettings(section.Label?.Value, size, fit, resample, background, mean, std) { Transparent = transparent };
    }

    private ImmutableArray<double> Colour(SectionSyntax section, string key) =>
        _values.Colours(section, key, 0, "a list of three numbers from 0 to 255", c => c is >= 0 and <= 255);

    /// <summary>The encoders that a section prepares pictures for: the one it names, or all.</summary>
    private ImmutableArray<BoundPart> Encoders(SectionSyntax section)
    {
        ImmutableArray<BoundPart> encoders = [.. model.Parts.Where(p => p.Role == Role.Encoder)];
        if (section.Label is not { } label)
            return [.. encoders.Where(e => !model.Sections.Any(s => s.Kind.Text == ImageKind && s.Label?.Value == e.Name))];
        ImmutableArray<BoundPart> named = [.. encoders.Where(e => e.Name == label.Value)];
        if (named.IsEmpty && model.Root.Names.GetValueOrDefault(label.Value) is not ErrorValue && Definitions.Find(model.Syntax.Items, label.Value) is null)
            context.Report(NameErrors.UnknownName(label.Value, label.Span, encoders.Select(e => e.Name)));
        return named;
    }
}
