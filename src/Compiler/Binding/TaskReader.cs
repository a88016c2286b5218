using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>Reads the tasks of a model: what they run, and what they fix.</summary>
internal sealed class TaskReader(CompileContext context, Lowerer lowerer, BoundModel model)
{
    private const string Generate = "generate", Score = "score", Prompt = "prompt", Beams = "beams";

    private const int MostBeams = 1000;

    public ImmutableArray<ModelTask> Read(ModelLowering lowering) => [.. model.Tasks.Select(t => Read(t, lowering)).OfType<ModelTask>()];

    private ModelTask? Read(TaskSyntax task, ModelLowering lowering)
    {
        foreach (var argument in task.Arguments)
            if (argument.Name is not { } name)
                context.Report(WiringErrors.TaskSetting(argument.Span));
            else if (model.Syntax.Hyperparameters.FirstOrDefault(h => h.Name.Text == name.Text) is { } declared)
                Hyperparameters.Argument(new Evaluator(context, lowerer), model.Syntax, declared, argument.Value, new Scope(model.Root.Module, null));
            else
                context.Report(HyperparameterErrors.UnknownArgument(model.Syntax.Name.Text, name, [.. model.Syntax.Hyperparameters.Select(h => h.Name.Text)], model.Syntax.Name.Span));
        foreach (var same in task.Arguments.Where(a => a.Name is { Text.Length: > 0 }).GroupBy(a => a.Name!.Text))
            foreach (var second in same.Skip(1))
                context.Report(HyperparameterErrors.RepeatedArgument(same.Key, second.Span, same.First().Span));
        var entries = task.Entries.ToLookup(e => e.Key.Text);
        foreach (var repeated in entries.SelectMany(e => e.Skip(1).Select(second => (First: e.First(), Second: second))))
            context.Report(NameErrors.DuplicateMember(repeated.Second.Key, repeated.First.Key.Span));
        var (generate, score) = (entries[Generate].FirstOrDefault(), entries[Score].FirstOrDefault());
        if (generate is null == score is null)
        {
            context.Report(WiringErrors.TaskForm(task.Name.Text, generate is not null, task.Name.Span));
            return null;
        }
        if (generate is not null)
            CheckDecoder(generate);
        var width = entries[Beams].FirstOrDefault();
        var beams = width is null ? 1 : Number(width.Value);
        if (score is not null && width is not null)
            context.Report(WiringErrors.WrongSetting("task", Beams, "for one that generates", "for one that gives a score", width.Span));
        var text = entries[Prompt].FirstOrDefault() is { } prompt ? Text(prompt.Value) : null;
        // A score of a setting that another task fixes is compiled with that task alone.
        var entryName = $"score.{task.Name}";
        var entry = score is null || !Holds(task) ? null : lowering.OfSample(entryName, score.Value);
        if (score is not null && entry is null && Holds(task))
            return null;
        if (entry is not null && lowering.Result(entry) is var result && result is not { Rank: 0, Kind: ElementKind.Float })
            context.Report(WiringErrors.ScoreShape(result.ToString(), score!.Value.Span));
        return new ModelTask(task.Name.Text, score is null ? null : entryName, text, [.. task.Arguments.Where(a => a.Name is not null).Select(a => KeyValuePair.Create(a.Name!.Text, a.Value.Span.Text))], task.Span)
        {
            Doc = task.Doc,
            Beams = beams,
            Texts = score is null ? [] : [.. ExpressionTree.All(score.Value).OfType<NameSyntax>().Select(n => n.Text).Where(n => model.Root.Names.GetValueOrDefault(n) is TextValue).Distinct()],
        };
    }

    /// <summary>Whether the model is compiled with the settings that the task asks for.</summary>
    private bool Holds(TaskSyntax task)
    {
        var evaluator = new Evaluator(context, lowerer);
        return task.Arguments.All(a => a.Name is null || !model.Root.Names.TryGetValue(a.Name.Text, out var value)
            || value is ConstantValue found && evaluator.Evaluate(a.Value, new Scope(model.Root.Module, null)) is ConstantValue wanted && Equals(found.Constant.ToString(), wanted.Constant.ToString()));
    }

    private void CheckDecoder(StageSettingSyntax generate)
    {
        var value = generate.Value is NameSyntax name ? model.Find(context, new Name(name.Text, name.Span)) ?? ErrorValue.Instance : null;
        var part = value is InstanceValue { Instance: var instance } ? model.PartOf(instance) : null;
        if (part is not { Role: Role.Decoder } && value is not ErrorValue)
            context.Report(WiringErrors.NotGenerating(part?.Describe ?? value?.Describe ?? $"`{generate.Value.Span.Text}`", generate.Value.Span));
    }

    private int Number(ExpressionSyntax expression)
    {
        switch (new Evaluator(context, lowerer).Evaluate(expression, model.Scope))
        {
            case ConstantValue { Constant: IntConstant { Size.Value: >= 1 and <= MostBeams and var count } }:
                return (int)count;
            case var other:
                if (!other.IsError)
                    context.Report(WiringErrors.WrongSetting("task", Beams, $"a whole number from 1 to {MostBeams}", other.Describe, expression.Span));
                return 1;
        }
    }

    private string? Text(ExpressionSyntax expression)
    {
        switch (new Evaluator(context, lowerer).Evaluate(expression, model.Scope))
        {
            case ConstantValue { Constant: StringConstant s }:
                return s.Value;
            case var other:
                if (!other.IsError)
                    context.Report(WiringErrors.WrongSetting("task", Prompt, "a string", other.Describe, expression.Span));
                return null;
        }
    }
}
