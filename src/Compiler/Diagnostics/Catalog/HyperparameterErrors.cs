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

    public static Diagnostic MissingArgument(string callee, string parameter, string type, Span span, Span? declared) =>
        Error("MLLM3002", $"'{callee}' needs its parameter '{parameter}'", span, $"`{parameter}: {type}` is missing").See(declared, "declared here without a default");

    public static Diagnostic TooManyArguments(string callee, int taken, Span span) =>
        Error("MLLM3003", $"'{callee}' takes {taken} argument{(taken == 1 ? "" : "s")}", span, "one too many");

    public static Diagnostic RepeatedArgument(string name, Span span, Span earlier) =>
        Error("MLLM3004", $"the argument '{name}' is given twice", span, "again here").See(earlier, "first here");

    public static Diagnostic WrongType(string what, string expected, string found, Span span, Span? declared = null) =>
        Error("MLLM3005", $"{what} is {Article(expected)}, not {found}", span).See(declared, "declared here");

    public static Diagnostic InexactDivision(string left, string right, Span span) =>
        Error("MLLM3006", $"{left} / {right} leaves a remainder", span, help: "sizes are exact; `floor(a / b)` or `ceil(a / b)` says what to do with the rest");

    public static Diagnostic Overflow(Span span) => Error("MLLM3007", "this number does not fit in 64 bits", span);

    public static Diagnostic BadOperands(string op, string left, string right, Span span) =>
        Error("MLLM3008", $"`{op}` does not apply to {left} and {right}", span);

    public static Diagnostic BadOperand(string op, string operand, Span span) => Error("MLLM3008", $"`{op}` does not apply to {operand}", span);

    public static Diagnostic RequirementFailed(string? message, string condition, Span span, Span? instance) =>
        Error("MLLM3009", message ?? $"the requirement `{condition}` does not hold", span, "required here").See(instance, "for this instance");

    public static Diagnostic TooMuchWork(string what, long limit, Span span) =>
        Error("MLLM3010", $"{what} goes beyond the limit of {limit}", span, help: "check the bounds: this does not end in a model that could be built");

    public static Diagnostic OutOfRange(string what, long index, long count, Span span) =>
        Error("MLLM3011", $"index {index} is outside {what} of {count}", span);

    public static Diagnostic NotCompileTime(string expected, string found, Span span) =>
        Error("MLLM3012", $"{Article(expected)} is needed here, known when the file is compiled, not {found}", span);

    public static Diagnostic DivisionByZero(Span span) => Error("MLLM3013", "division by zero", span);

    private static string Article(string noun) => noun.Length > 0 && "aeiou".Contains(noun[0]) ? $"an {noun}" : $"a {noun}";
}
