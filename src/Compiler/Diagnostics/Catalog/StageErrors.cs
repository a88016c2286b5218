using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM7xxx: what a training stage changes, and how.</summary>
internal static class StageErrors
{
    /// <param name="paths">The parts that are not reached, as few as say it.</param>
    /// <param name="count">How many parameters (tensors) that is.</param>
    public static Diagnostic Unreached(string stage, IReadOnlyList<string> paths, int count, Span span, Span? objective) =>
        Warning("MLLM7002", $"the objective of the stage '{stage}' does not reach {Some(paths)}", span, $"{Count(count, "tensor")} would never change",
            "train what the objective's value depends on, or leave the rest frozen").See(objective, "this depends on none of it");

    /// <param name="selected">What the stage names, all of it without parameters; null where it names nothing.</param>
    public static Diagnostic UntrainedStage(string stage, IEnumerable<string>? selected, Span span) =>
        Error("MLLM7001", $"the stage '{stage}' trains nothing", span, selected is null ? "" : $"{Words.List([.. selected])} {(selected.Count() == 1 ? "has" : "have")} no parameters",
            "name what it trains: `train bridge`");

    /// <param name="part">In words: <c>the twin 'vision_m'</c>.</param>
    public static Diagnostic NeverTrained(string part, string why, Span span, Span declared) =>
        Error("MLLM7003", $"{part} is never trained", span, help: why).See(declared, "declared here");

    /// <param name="setting"><c>optimizer</c> or <c>schedule</c>.</param>
    public static Diagnostic UnknownMethod(string setting, Name name, IReadOnlyCollection<string> known) =>
        Error("MLLM7004", $"there is no {setting} '{name}'", name.Span, help: known.Count == 1 ? $"there is {Choices(known)}" : $"there are {Choices(known)}")
            .Near(NearName.Find(name.Text, known));

    public static Diagnostic NotAMethod(string setting, string example, Span span) =>
        Error("MLLM7004", $"`{span.Text}` is no {setting}", span, help: $"write its name and its settings: `{setting} {example}`");

    private const string GroupForm = "a group is a trained part with a rate or a decay of its own: `group vision(lr: 1e-5)`";

    public static Diagnostic NotAGroup(Span span) => Error("MLLM7005", "this is no group of parameters", span, help: GroupForm);

    public static Diagnostic GroupSetsNothing(Span span) => Error("MLLM7005", "this group sets neither `lr` nor `weight_decay`", span, help: GroupForm);

    public static Diagnostic GroupWithoutParameters(Span span) => Error("MLLM7005", $"`{span.Text}` has no parameters", span, "nothing to train");

    /// <param name="paths">The parts that are not trained, as few as say it.</param>
    public static Diagnostic GroupNotTrained(string stage, IReadOnlyList<string> paths, Span span, Span train) =>
        Error("MLLM7005", $"the stage '{stage}' does not train {Some(paths)}", span, help: "a group is of what the stage trains").See(train, "this is trained");

    /// <param name="paths">The parts that are in both, as few as say it.</param>
    public static Diagnostic GroupOverlap(IReadOnlyList<string> paths, Span span, Span first) =>
        Error("MLLM7005", $"{Some(paths)} {(paths.Count == 1 ? "is" : "are")} in two groups", span, "again here").See(first, "first here");

    public static Diagnostic MomentumWithoutTwin(Span span) =>
        Error("MLLM7006", "no twin follows by this momentum", span, help: "declare what follows: `twin vision_m = vision`");

    public static Diagnostic AnswerForm(int count, Span span) =>
        Error("MLLM7007", count == 0 ? "the answer has no `{answer}`" : $"the answer has `{{answer}}` {count} times", span, help: "it stands once, where the sample's answer belongs: \" {answer}</s>\"");

    public static Diagnostic PromptlessStage(Name key) =>
        Error("MLLM7008", $"`{key}` of a stage replaces that of the model's `prompt`, which is missing", key.Span, help: "add a section `prompt { template: \"...\" }`");

    public static Diagnostic PushWithoutObjective(string stage, Span span) =>
        Error("MLLM7009", $"the stage '{stage}' pushes, but has no objective", span, help: "what is pushed is computed with the objective of a step");

    /// <summary>The paths in a sentence, the first few of them.</summary>
    private static string Some(IReadOnlyList<string> paths)
    {
        const int shown = 4;
        return Words.List([.. paths.Take(shown)]) + (paths.Count > shown ? $" and {paths.Count - shown} more" : "");
    }
}
