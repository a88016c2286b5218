using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>A hyperparameter as a caller sees it.</summary>
/// <param name="Type">Such as <c>int</c>, <c>float?</c>, <c>[int]</c>, <c>activation</c>, <c>block</c>.</param>
internal sealed record Formal(string Name, string Type, bool HasDefault, Span? Declared)
{
    public bool IsOptional => HasDefault || Type.EndsWith('?');
}

/// <summary>Matches arguments with hyperparameters, by position and by name, and checks their types.</summary>
internal static class Arguments
{
    /// <summary>The argument for each formal, in the formals' order; null where none is given.</summary>
    /// <param name="declared">Where the callee is declared.</param>
    public static ImmutableArray<ArgumentSyntax?> Match(CompileContext context, string callee, IReadOnlyList<Formal> formals, IEnumerable<ArgumentSyntax> arguments, Span call, Span? declared)
    {
        var matched = new ArgumentSyntax?[formals.Count];
        var position = 0;
        foreach (var argument in arguments)
        {
            var index = argument.Name is { } name ? IndexOf(formals, name.Text) : position++;
            if (argument.Name is { } unknown && index < 0)
                context.Report(HyperparameterErrors.UnknownArgument(callee, unknown, [.. formals.Select(f => f.Name)], declared));
            else if (index == formals.Count)
                context.Report(HyperparameterErrors.TooManyArguments(callee, formals.Count, argument.Span, declared));
            else if (index < formals.Count && matched[index] is { } earlier)
                context.Report(HyperparameterErrors.RepeatedArgument(formals[index].Name, argument.Span, earlier.Span));
            else if (index < formals.Count)
                matched[index] = argument;
        }
        var missing = formals.Where((f, i) => matched[i] is null && !f.IsOptional).ToList();
        if (missing.Count > 0)
            context.Report(HyperparameterErrors.MissingArguments(callee, [.. missing.Select(m => (m.Name, m.Type))], call, missing[0].Declared));
        return [.. matched];
    }

    private static int IndexOf(IReadOnlyList<Formal> formals, string name)
    {
        for (var i = 0; i < formals.Count; i++)
            if (formals[i].Name == name)
                return i;
        return -1;
    }

    /// <summary>The value as the type asks for it; null (and a diagnostic) when it does not fit.</summary>
    /// <param name="what">The hyperparameter in words.</param>
    public static BoundValue? Coerce(CompileContext context, BoundValue value, Formal formal, string what, Span span)
    {
        if (value.IsError)
            return null;
        if (Convert(value, formal.Type) is { } converted)
            return converted;
        var (found, help) = Explain(value, formal.Type);
        context.Report(HyperparameterErrors.WrongType(what, formal.Type, found, span, formal.Declared) with { Help = help });
        return null;
    }

    /// <summary>What was found, and what might have been meant.</summary>
    private static (string Found, string? Help) Explain(BoundValue value, string type) => (type.TrimEnd('?'), value) switch
    {
        ("block", DeclarationValue { Declaration.Syntax: BlockSyntax block }) => ($"the bare name '{block.Name}'", $"write it with its settings: `{block.Name}(...)`"),
        ("activation", ConstantValue { Constant: StringConstant } or BuiltinValue) => (value.Describe, $"the activations are {Report.Choices(Activations.Names)}"),
        (['[', .. var inner, ']'], ListValue list) when list.Elements.FirstOrDefault(e => Convert(e, inner) is null) is { } wrong => ($"a list with {wrong.Describe}", null),
        _ => (value.Describe, null),
    };

    private static BoundValue? Convert(BoundValue value, string type)
    {
        if (type.EndsWith('?'))
            return value is ConstantValue { Constant: NoneConstant } ? value : Convert(value, type[..^1]);
        if (type.StartsWith('['))
        {
            if (value is not ListValue list)
                return null;
            var elements = list.Elements.Select(e => Convert(e, type[1..^1])).ToImmutableArray();
            return elements.Any(e => e is null) ? null : new ListValue(elements!);
        }
        return (type, value) switch
        {
            ("int", ConstantValue { Constant: IntConstant { Size.Value: not null } }) => value,
            ("size", ConstantValue { Constant: IntConstant }) => value,
            ("float", ConstantValue { Constant: FloatConstant }) => value,
            ("float", ConstantValue { Constant: IntConstant { Size.Value: { } i } }) => new ConstantValue((double)i),
            ("bool", ConstantValue { Constant: BoolConstant }) => value,
            ("string", ConstantValue { Constant: StringConstant }) => value,
            ("activation", ConstantValue { Constant: ActivationConstant }) => value,
            ("activation", ConstantValue { Constant: StringConstant s }) => Activations.Find(s.Value) is { } a ? new ConstantValue(a) : null,
            ("activation", BuiltinValue b) => Activations.Find(b.Name) is { } a ? new ConstantValue(a) : null,
            ("block", Template) => value,
            ("int" or "size" or "float" or "bool" or "string" or "activation" or "block", _) => null,
            _ => value, // A type that does not exist, which was reported where it stands.
        };
    }
}
