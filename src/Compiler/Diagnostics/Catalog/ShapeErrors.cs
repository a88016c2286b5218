using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM4xxx: tensors, their shapes and the functions over them.</summary>
internal static class ShapeErrors
{
    /// <param name="found">The type of the operand at fault, or nothing.</param>
    public static Diagnostic Constraint(string op, int number, string rule, string message, Span span, string found, Span? made) =>
        Error("MLLM4001", $"{op}: {message}", span, found, $"constraint {number} of `{op}`: {rule}").See(made, $"this `{op}` is made here");

    /// <summary>A setting given where an instance is called and not where it is made, or an operand that it does not have.</summary>
    public static Diagnostic SettingInCall(string op, Name name, bool isSetting, IEnumerable<string> operands, Span made) =>
        Error("MLLM4004", $"a call of '{op}' has no operand '{name}'", name.Span,
            help: isSetting ? $"`{name}` is a setting: give it where the '{op}' is made" : $"it takes {Choices(operands)}").See(made, "made here");

    /// <param name="detail">Which axis does not fit, and why.</param>
    public static Diagnostic ArgumentMismatch(string callee, string parameter, string expected, string found, string detail, Span span, Span? declared) =>
        Error("MLLM4002", $"'{callee}' takes {expected} for '{parameter}', not {found}", span, detail).See(declared, "declared here");

    public static Diagnostic ResultMismatch(string function, string expected, string found, Span span, Span declared) =>
        Error("MLLM4003", $"'{function}' gives {found}, its declaration says {expected}", span, found).See(declared, $"{expected} declared here");

    public static Diagnostic OperandCount(string callee, string expected, int found, Span span, Span? declared) =>
        Error("MLLM4004", $"'{callee}' takes {expected}; {(found == 1 ? "1 is" : $"{found} are")} given", span).See(declared, "declared here");

    public static Diagnostic NotATensor(string callee, string parameter, string found, Span span, string? help = null) =>
        Error("MLLM4005", $"'{callee}' takes a tensor for '{parameter}', not {found}", span, help: help);

    public static Diagnostic ResultNotATensor(string function, string found, Span span) =>
        Error("MLLM4005", $"'{function}' gives tensors, not {found}", span);

    public static Diagnostic NoReturn(string function, Span span) =>
        Error("MLLM4006", $"'{function}' does not return a value", span, help: "end it with `return`");

    public static Diagnostic TupleArity(int targets, string found, Span span) =>
        Error("MLLM4007", $"{targets} names are assigned from {found}", span);

    public static Diagnostic ResultCount(string function, int declared, int found, Span span, Span declaration) =>
        Error("MLLM4007", $"'{function}' gives {Count(found, "tensor")}, its declaration says {declared}", span).See(declaration, $"{Count(declared, "tensor")} declared here");

    public static Diagnostic TensorOutsideFunction(string callee, Span span) =>
        Error("MLLM4008", $"'{callee}' works on tensors, which exist only inside a function", span, help: "move it into a `fn`");

    public static Diagnostic NeedsInstance(string op, Span span) =>
        Error("MLLM4009", $"'{op}' owns parameters and must be a member before it is applied", span, help: $"declare `name = {op}(...)` in the block and call `name(x)`");

    public static Diagnostic UnboundSize(string name, Span span) =>
        Error("MLLM4010", $"the size '{name}' cannot be found from the arguments", span,
            help: "in some parameter's shape a symbolic size must stand without another one, as in `[n]` or `[2 * n + 1]`");

    public static Diagnostic AxisOutOfRange(int axes, string type, Span span) =>
        Error("MLLM4011", $"{axes} axes are indexed, the tensor is {type}", span);

    public static Diagnostic UnreachableCode(Span span, Span @return) =>
        Warning("MLLM4012", "this never runs", span, help: "remove it, or put the `return` last").See(@return, "the function returns here");

    public static Diagnostic SizeOnlyInResult(string name, string near, Span span) =>
        Warning("MLLM4013", $"the size '{name}' stands in the result alone", span).Near(near);
}
