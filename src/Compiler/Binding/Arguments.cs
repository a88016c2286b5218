using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>A hyperparameter as a caller sees it.</summary>
/// <param name="Type">Such as <c>int</c>, <c>float?</c>, <c>[int]</c>, <c>activation</c>, <c>block</c>.</param>
internal sealed record Formal(string Name, string Type, bool HasDefault, Span? Declared);

/// <summary>Matches arguments with hyperparameters, by position and by name, and checks their types.</summary>
internal static class Arguments
{
    /// <summary>The argument for each formal, in the formals' order; null where none is given.</summary>
    public static ImmutableArray<ArgumentSyntax?> Match(CompileContext context, string callee, IReadOnlyList<Formal> formals, IEnumerable<ArgumentSyntax> arguments, Span call, Span? declared)
    {
        var matched = new ArgumentSyntax?[formals.Count];
        var position = 0;
        foreach (var argument in arguments)
        {
            var index = argument.Name is { } name ? IndexOf(formals, name.Text) : position++;
            if (argument.Name is not null && index < 0)
                context.Report(HyperparameterErrors.UnknownArgument(callee, argument.Name, [.. formals.Select(f => f.Name)], declared));
            else if (index >= formals.Count)
                context.Report(HyperparameterErrors.TooManyArguments(callee, formals.Count, argument.Span));
            else if (matched[index] is { } earlier)
                context.Report(HyperparameterErrors.RepeatedArgument(formals[index].Name, argument.Span, earlier.Span));
            else
                matched[index] = argument;
        }
        for (var i = 0; i < matched.Length; i++)
            if (matched[i] is null && !formals[i].HasDefault && !formals[i].Type.EndsWith('?'))
                context.Report(HyperparameterErrors.MissingArgument(callee, formals[i].Name, formals[i].Type, call, formals[i].Declared));
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
    public static BoundValue? Coerce(CompileContext context, BoundValue value, Formal formal, string what, Span span)
    {
        if (value is ErrorValue)
            return null;
        if (Convert(value, formal.Type) is { } converted)
            return converted;
        context.Report(HyperparameterErrors.WrongType(what, formal.Type.TrimEnd('?'), value.Describe, span, formal.Declared));
        return null;
    }

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
            _ => null,
        };
    }
}

/// <summary>Activation functions by their names here and in reference configurations.</summary>
internal static class Activations
{
    public static ActivationConstant? Find(string name)
    {
        var primitive = name switch
        {
            "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => "gelu_tanh",
            "swish" => "silu",
            "relu2" => "squared_relu",
            _ => name,
        };
        return OpRegistry.Find(primitive) is { IsActivation: true } ? new ActivationConstant(primitive) : null;
    }
}
