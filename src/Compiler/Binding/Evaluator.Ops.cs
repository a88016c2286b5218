using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    /// <summary>Applies a primitive without parameters: tensors first, then attributes by position or name.</summary>
    private BoundValue ApplyFunctionOp(Op op, IReadOnlyList<Operand> operands, Span span)
    {
        if (operands.Any(o => o.Value is ErrorValue))
            return ErrorValue.Instance;
        if (body is null)
        {
            context.Report(ShapeErrors.TensorOutsideFunction(op.Name, span));
            return ErrorValue.Instance;
        }
        var declared = op.Operands("forward");
        var (tensors, rest) = Split(op, declared, operands, span);
        return tensors is null || Attributes(op, rest, span) is not { } attributes ? ErrorValue.Instance
            : Emit(op, "forward", attributes, declared, tensors, "", span, null);
    }

    private BoundValue ApplyInstanceOp(OpInstance instance, string function, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        if (operands.Any(o => o.Value is ErrorValue))
            return ErrorValue.Instance;
        var declared = instance.Op.Operands(function);
        var (tensors, rest) = Split(instance.Op, declared, operands, span);
        if (tensors is null)
            return ErrorValue.Instance;
        if (rest.Count > 0)
        {
            context.Report(ShapeErrors.OperandCount(instance.BlockName, Describe(declared), operands.Count, rest[0].Span));
            return ErrorValue.Instance;
        }
        return Emit(instance.Op, function, instance.Attributes, declared, tensors, body!.RelativePath(instance.Path), span, instance.Declared);
    }

    /// <summary>Gives positional and named tensors to the operands; what is left are attributes.</summary>
    private (List<Operand?>? Tensors, List<Operand> Others) Split(Op op, ImmutableArray<OpOperand> declared, IReadOnlyList<Operand> operands, Span span)
    {
        var isVariadic = declared is [.., { IsVariadic: true }];
        var required = declared.Count(d => !d.IsOptional);
        var filled = Enumerable.Repeat<Operand?>(null, declared.Length).ToList();
        var rest = new List<Operand>();
        var position = 0;
        foreach (var operand in operands)
        {
            var index = operand.Name is null ? position : declared.Select(d => d.Name).ToList().IndexOf(operand.Name);
            if (operand.Name is not null && index >= 0)
                filled[index] = operand.Value is ConstantValue { Constant: NoneConstant } ? null : operand;
            else if (operand.Name is null && rest.Count == 0 && (position < required || operand.Value is TensorValue && (isVariadic || position < declared.Length)))
            {
                if (position < filled.Count)
                    filled[position] = operand;
                else
                    filled.Add(operand);
                position++;
            }
            else
                rest.Add(operand);
        }
        var bad = filled.FindIndex(t => t is not null && t.Value is not TensorValue);
        if (bad >= 0)
        {
            context.Report(ShapeErrors.NotATensor(op.Name, declared[Math.Min(bad, declared.Length - 1)].Name, filled[bad]!.Value.Describe, filled[bad]!.Span));
            return (null, rest);
        }
        if (filled.Take(required).Any(f => f is null))
        {
            context.Report(ShapeErrors.OperandCount(op.Name, Describe(declared), filled.Count(f => f is not null), span));
            return (null, rest);
        }
        return (filled, rest);
    }

    private static string Describe(ImmutableArray<OpOperand> declared) =>
        declared.IsEmpty ? "no tensors" : string.Join(", ", declared.Select(d => d.IsOptional ? $"`{d.Name}` (optional)" : d.IsVariadic ? $"`{d.Name}`..." : $"`{d.Name}`"));

    private BoundValue Emit(Op op, string function, Attributes attributes, ImmutableArray<OpOperand> declared, List<Operand?> tensors, string path, Span span, Span? made)
    {
        var values = tensors.Select(t => (t?.Value as TensorValue)?.Value).ToImmutableArray();
        var results = body!.Emit(op, function, attributes, values, path, span, violation => ShapeErrors.Constraint(
            op.Name, violation.Constraint, violation.Constraint >= 1 && violation.Constraint <= op.Constraints.Length ? op.Constraints[violation.Constraint - 1] : "", violation.Message,
            violation.Operand is { } i && i < tensors.Count && tensors[i] is { } t ? t.Span : span, made));
        return Wrap(results);
    }

    /// <summary>An op's complete attributes from arguments; null after an error.</summary>
    private Attributes? Attributes(Op op, IReadOnlyList<Operand> operands, Span span)
    {
        var formals = op.Attributes.Select(a => new Formal(a.Name, a.Kind, a.Default is not null || a.Kind.EndsWith('?'), null)).ToList();
        var values = new Constant?[formals.Count];
        var sizes = new List<KeyValuePair<string, Constant>>();
        var position = 0;
        var good = true;
        foreach (var operand in operands)
        {
            var index = operand.Name is null ? position++ : formals.FindIndex(f => f.Name == operand.Name);
            if (index >= 0 && index < formals.Count)
            {
                if (values[index] is not null)
                    context.Report(HyperparameterErrors.RepeatedArgument(formals[index].Name, operand.Span, operand.Span));
                var coerced = Arguments.Coerce(context, operand.Value, formals[index], $"`{formals[index].Name}` of '{op.Name}'", operand.Span);
                values[index] = coerced is null ? null : ToConstant(coerced);
                good &= values[index] is not null;
            }
            else if (operand.Name is not null && op.TakesNamedSizes && operand.Value is ConstantValue { Constant: IntConstant size })
                sizes.Add(KeyValuePair.Create(operand.Name, (Constant)size));
            else
            {
                good = false;
                context.Report(operand.Name is null ? HyperparameterErrors.TooManyArguments(op.Name, formals.Count, operand.Span)
                    : HyperparameterErrors.UnknownArgument(op.Name, new Name(operand.Name, operand.Span), [.. formals.Select(f => f.Name), .. op.Operands("forward").Where(o => o.IsOptional).Select(o => o.Name)], null));
            }
        }
        for (var i = 0; i < values.Length; i++)
        {
            values[i] ??= op.Attributes[i].Default ?? (formals[i].Type.EndsWith('?') ? new NoneConstant() : null);
            if (values[i] is null && good)
            {
                good = false;
                context.Report(HyperparameterErrors.MissingArgument(op.Name, formals[i].Name, formals[i].Type, span, null));
            }
        }
        return good ? new Attributes([.. formals.Select((f, i) => KeyValuePair.Create(f.Name, values[i]!)), .. sizes]) : null;
    }
}
