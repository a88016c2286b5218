using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Reads what a stage says otherwise than the model's prompt: template, user's text, answer and later turns.</summary>
internal sealed class StagePrompts(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private const string Template = "template", Text = "text", Answer = "answer", Turn = "turn";

    private readonly StageSettings _settings = new(context, lowerer, model);
    private readonly Evaluator _evaluator = new(context, lowerer);

    /// <summary>The stages with the prompts of those that have their own.</summary>
    /// <param name="prompt">The model's; null where it has none or it is wrong.</param>
    public ImmutableArray<Stage> Read(ImmutableArray<Stage> stages, PromptSettings? prompt, TokenizerSettings tokenizer) =>
        [.. stages.Zip(model.Stages, (stage, syntax) => stage with { Prompt = Read(syntax, prompt, tokenizer) })];

    private PromptSettings? Read(StageSyntax stage, PromptSettings? prompt, TokenizerSettings tokenizer)
    {
        var (template, text, answer, turn) = (Setting(stage, Template), Setting(stage, Text), Setting(stage, Answer), Setting(stage, Turn));
        if ((template ?? text ?? answer ?? turn) is not { } any)
            return null;
        if (answer is { Value: { } given, Syntax: var syntax })
            CheckAnswer(context, given, syntax.Value.Span);
        if (prompt is null)
        {
            if (model.Sections.All(s => s.Kind.Text != SectionReader.PromptKind))
                context.Report(StageErrors.PromptlessStage(any.Syntax.Key));
            return null;
        }
        return prompt with
        {
            Template = template?.Value ?? prompt.Template,
            Text = text?.Value ?? prompt.Text,
            Answer = answer?.Value ?? prompt.Answer,
            // A template of another form is continued in its form.
            Turn = turn?.Value ?? (template?.Value is { } form ? WithoutPictures(form, model, tokenizer) : prompt.Turn),
            Declared = template?.Syntax.Span ?? prompt.Declared,
        };
    }

    /// <summary>A setting's text; the text is null after an error, which has been reported.</summary>
    private (string? Value, StageSettingSyntax Syntax)? Setting(StageSyntax stage, string key)
    {
        if (_settings.Single(stage, key) is not { } setting)
            return null;
        var value = _evaluator.Evaluate(setting.Value, model.Scope);
        if (value is ConstantValue { Constant: StringConstant s })
            return (s.Value, setting);
        if (!value.IsError)
            context.Report(WiringErrors.WrongSetting("stage", key, "a string", value.Describe, setting.Value.Span));
        return (null, setting);
    }

    /// <summary>Reports an answer in which the sample's is missing, or stands more than once.</summary>
    public static void CheckAnswer(CompileContext context, string answer, Span span)
    {
        var count = answer.Split(PromptSettings.AnswerPlace).Length - 1;
        if (count != 1)
            context.Report(StageErrors.AnswerForm(count, span));
    }

    /// <summary>A template without what stands for pictures, each with the line break after it.</summary>
    public static string WithoutPictures(string template, BoundModel model, TokenizerSettings tokenizer)
    {
        // A prefix names its placeholder; for woven media the first special token of the template begins a picture.
        var woven = model.Injections.Any(i => i.Where is not null) ? tokenizer.Special.Select(s => s.Key).FirstOrDefault(s => template.Contains(s, StringComparison.Ordinal)) : null;
        foreach (var placeholder in model.Injections.Select(i => i.Replacing?.Value).Append(woven).OfType<string>().Where(p => p.Length > 0))
            template = template.Replace($"{placeholder}\n", "", StringComparison.Ordinal).Replace(placeholder, "", StringComparison.Ordinal);
        return template;
    }
}
