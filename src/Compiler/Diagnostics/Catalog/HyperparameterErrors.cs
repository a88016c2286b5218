using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM3xxx: hyperparameters and compile-time values.</summary>
internal static class HyperparameterErrors
{
    public static Diagnostic UnknownArgument(string callee, Name name, IReadOnlyCollection<string> accepted, Span? declared) =>
        (Error("MLLM3001", $"'{callee}' has no parameter '{name}'", name.Span) with
        {
            Help = accepted.Count == 0 ? "it takes none" : $"it takes {Choices(accepted)}",
        }).See(declared, $"'{callee}' is declared here").Near(NearName.Find(name.Text, accepted));

    /// <param name="missing">Names and types of the parameters that have no default and no argument; at least one.</param>
    /// <param name="declared">The first of them.</param>
    public static Diagnostic MissingArguments(string callee, IReadOnlyList<(string Name, string Type)> missing, Span span, Span? declared) =>
        Error("MLLM3002", $"'{callee}' needs {(missing.Count == 1 ? "its parameter" : "its parameters")} {Words.List([.. missing.Select(m => m.Name)])}", span,
            $"{Words.List([.. missing.Select(m => $"{m.Name}: {m.Type}")])} {(missing.Count == 1 ? "is" : "are")} missing").See(declared, "declared here without a default");

    public static Diagnostic TooManyArguments(string callee, int taken, Span span, Span? declared) =>
        Error("MLLM3003", $"'{callee}' takes {Count(taken, "argument")}", span, "one too many").See(declared, $"'{callee}' is declared here");

    public static Diagnostic RepeatedArgument(string name, Span span, Span earlier) =>
        Error("MLLM3004", $"the argument '{name}' is given twice", span, "again here").See(earlier, "first here");

    public static Diagnostic WrongType(string what, string expected, string found, Span span, Span? declared = null) =>
        Error("MLLM3005", $"{what} takes {TypeInWords(expected)}, not {found}", span).See(declared, "declared here");

    public static Diagnostic InexactDivision(string left, string right, long? remainder, Span span) =>
        Error("MLLM3006", $"{left} / {right} leaves a remainder", span, remainder is { } rest ? $"remainder {rest}" : "",
            "sizes are exact; `floor(a / b)` or `ceil(a / b)` says what to do with the rest");

    public static Diagnostic Overflow(Span span) => Error("MLLM3007", "this number does not fit in 64 bits", span);

    public static Diagnostic BadOperands(string op, string left, string right, Span span) =>
        Error("MLLM3008", $"`{op}` does not apply to {left} and {right}", span);

    public static Diagnostic BadOperand(string op, string operand, Span span, string? help = null) =>
        Error("MLLM3008", $"`{op}` does not apply to {operand}", span, help: help);

    public const string Requirement = "MLLM3009";

    public static Diagnostic RequirementFailed(string? message, string condition, Span span) =>
        Error(Requirement, message ?? $"the requirement `{condition}` does not hold", span, "required here");

    public static Diagnostic TooMuchWork(string what, string limit, Span span) =>
        Error("MLLM3010", $"{what} goes beyond the limit of {limit}", span, help: "check the bounds: this does not end in a model that could be built");

    public static Diagnostic OutOfRange(string what, long index, long count, Span span) =>
        Error("MLLM3011", $"index {index} is outside {what} of {count}", span, count == 0 ? "it is empty" : $"0 to {count - 1}, or -1 to {-count} from the end");

    /// <param name="isLate">Whether it is known only when the model runs: a tensor, or a size that the input decides.</param>
    public static Diagnostic NotCompileTime(string expected, string found, bool isLate, Span span) =>
        Error("MLLM3012", $"{Article(expected)} is needed here, not {found}", span,
            help: isLate ? "conditions, loops, indices and settings are decided when the file is compiled" : found == "none" ? "`x != none` asks whether there is a value" : null);

    public static Diagnostic DivisionByZero(Span span) => Error("MLLM3013", "division by zero", span);

    /// <param name="what">In words: <c>the `weight` of a 'linear'</c>.</param>
    public static Diagnostic BadParameterShape(string what, string shape, string why, Span span) => Error("MLLM3014", $"{what} cannot have the shape {shape}", span, help: why);

    public static Diagnostic NegativeSize(string size, Span span) => Error("MLLM3014", $"an axis cannot have {size} elements", span);
}
