using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM4xxx: tensors, their shapes and the functions over them.</summary>
internal static class ShapeErrors
{
    public static Diagnostic Constraint(string op, int number, string rule, string message, Span span, Span? declared) =>
        Error("MLLM4001", $"{op}: {message}", span, help: $"constraint {number} of `{op}`: {rule}").See(declared, $"this `{op}` is made here");

    public static Diagnostic ArgumentMismatch(string callee, string parameter, string expected, string found, Span span, Span? declared) =>
        Error("MLLM4002", $"'{callee}' takes {expected} for '{parameter}', not {found}", span, found).See(declared, $"{expected} expected from here");

    public static Diagnostic ResultMismatch(string function, string expected, string found, Span span, Span declared) =>
        Error("MLLM4003", $"'{function}' gives {found}, its declaration says {expected}", span, found).See(declared, $"{expected} declared here");

    public static Diagnostic OperandCount(string callee, string expected, int found, Span span) =>
        Error("MLLM4004", $"'{callee}' takes {expected}, not {found}", span);

    public static Diagnostic NotATensor(string callee, string parameter, string found, Span span) =>
        Error("MLLM4005", $"'{callee}' takes a tensor for '{parameter}', not {found}", span);

    public static Diagnostic NoReturn(string function, Span span) =>
        Error("MLLM4006", $"'{function}' does not return a value", span, help: "end it with `return`");

    public static Diagnostic TupleArity(int targets, string found, Span span) =>
        Error("MLLM4007", $"{targets} names are assigned from {found}", span);

    public static Diagnostic TensorOutsideFunction(string callee, Span span) =>
        Error("MLLM4008", $"'{callee}' works on tensors, which exist only inside a function", span, help: "move it into a `fn`");

    public static Diagnostic NeedsInstance(string op, Span span) =>
        Error("MLLM4009", $"'{op}' owns parameters and must be a member before it is applied", span, help: $"declare `name = {op}(...)` in the block and call `name(x)`");

    public static Diagnostic UnboundSize(string name, Span span) =>
        Error("MLLM4010", $"the size '{name}' cannot be found from the arguments", span, help: "a symbolic size must stand alone, or plus or minus a number, in some parameter's shape");

    public static Diagnostic AxisOutOfRange(int axes, string type, Span span) =>
        Error("MLLM4011", $"{axes} axes are indexed, the tensor is {type}", span);

    public static Diagnostic UnreachableCode(Span span) => Warning("MLLM4012", "nothing after `return` runs", span);
}
