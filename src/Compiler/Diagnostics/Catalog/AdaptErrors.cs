using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM504x: blocks that change the results of members, <c>adapt ... with ...</c>.</summary>
internal static class AdaptErrors
{
    private const string Forms = "an adapter's `forward` takes the adapted member's operand and its result, and gives a tensor like the result";

    /// <param name="what">In words: <c>'lora'</c>, <c>`3`</c>.</param>
    public static Diagnostic Mismatch(string what, string target, string problem, Span span) =>
        Error("MLLM5040", $"{what} cannot adapt {target}: {problem}", span, help: Forms);

    /// <param name="target">The adapted instance by its path.</param>
    public static Diagnostic NeverRun(string target, Span selector, Span declared) =>
        Error("MLLM5041", $"an adapter of {target} would never run: nothing calls it", selector, help: "adapt members that the model's functions call")
            .See(declared, "made here, not called");

    public static Diagnostic Twice(string target, Span selector, Span first) =>
        Error("MLLM5042", $"{target} is adapted twice", selector, "again here", "let the two selectors name different members").See(first, "adapted here");

    public static Diagnostic NoParameters(string target, string block, Span selector, Span declared) =>
        Error("MLLM5043", $"{target} has no parameters: there is nothing to adapt", selector, $"made of '{block}'", "select the members that have the weights")
            .See(declared, "made here");

    /// <param name="target">The adapted instance by its path.</param>
    /// <param name="at">What stands in the way.</param>
    public static Diagnostic NotMergeable(string block, string target, string problem, Span at, Span adapt) =>
        Error("MLLM5044", $"'{block}' cannot be merged into the weights of {target}: {problem}", at, help: "export the model with its adapters: leave out `--merge`")
            .See(adapt, "adapted here");
}
