using System.Collections.Frozen;
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
        if (operands.Any(o => o.Value.IsError))
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
        if (operands.Any(o => o.Value.IsError))
            return ErrorValue.Instance;
        var declared = instance.Op.Operands(function);
        var (tensors, rest) = Split(instance.Op, declared, operands, span);
        if (tensors is null)
            return ErrorValue.Instance;
        if (rest.FirstOrDefault(r => r.Name is not null) is { Name: { } setting })
        {
            context.Report(ShapeErrors.SettingInCall(instance.BlockName, setting, instance.Attributes.Find(setting.Text) is not null, declared.Select(d => d.Name), instance.Declared));
            return ErrorValue.Instance;
        }
        if (rest.Count > 0)
        {
            context.Report(ShapeErrors.OperandCount(instance.BlockName, Describe(declared), operands.Count, rest[0].Span, instance.Declared));
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
            var index = operand.Name is { } name ? declared.Select(d => d.Name).ToList().IndexOf(name.Text) : position;
            if (operand.Name is not null && index >= 0 && filled[index] is { } earlier)
                context.Report(HyperparameterErrors.RepeatedArgument(declared[index].Name, operand.Span, earlier.Span));
            else if (operand.Name is not null && index >= 0)
                filled[index] = operand.Value is ConstantValue { Constant: NoneConstant } ? null : operand;
            else if (operand.Name is null && rest.Count == 0 && (position < required
                || operand.Value is not ConstantValue && (position < declared.Length || isVariadic && operand.Value is TensorValue)))
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
            context.Report(ShapeErrors.OperandCount(op.Name, Describe(declared), filled.Count(f => f is not null), span, null));
            return (null, rest);
        }
        return (filled, rest);
    }

    private static string Describe(ImmutableArray<OpOperand> declared) =>
        declared.IsEmpty ? "no tensors" : string.Join(", ", declared.Select(d => d.IsOptional ? $"`{d.Name}` (optional)" : d.IsVariadic ? $"`{d.Name}`..." : $"`{d.Name}`"));

    private BoundValue Emit(Op op, string function, Attributes attributes, ImmutableArray<OpOperand> declared, List<Operand?> tensors, string path, Span span, Span? made)
    {
        var values = tensors.Select(t => (t?.Value as TensorValue)?.Value).ToImmutableArray();
        return Wrap(body!.Emit(op, function, attributes, values, path, span, violation =>
        {
            var rule = violation.Constraint >= 1 && violation.Constraint <= op.Constraints.Length ? op.Constraints[violation.Constraint - 1] : "";
            if (violation.Operand is not { } i || i >= tensors.Count || tensors[i] is not { } wrong)
                return ShapeErrors.Constraint(op.Name, violation.Constraint, rule, violation.Message, span, "", made);
            var error = ShapeErrors.Constraint(op.Name, violation.Constraint, rule, violation.Message, wrong.Span, values[i]!.Type.ToString(), made);
            // What does not fit one operand was expected from the first.
            return made is null && i > 0 && tensors[0] is { } first ? error.SeeOnce(first.Span, values[0]!.Type.ToString()) : error;
        }));
    }

    private static readonly FrozenDictionary<Op, (ImmutableArray<OpAttribute> Declared, Formal[] Formals)> FormalsOf = OpRegistry.All.Values
        .Select(op => (Op: op, Declared: op.Attributes))
        .ToFrozenDictionary(o => o.Op, o => (o.Declared, o.Declared.Select(a => new Formal(a.Name, a.Kind, a.Default is not null, null)).ToArray()));

    /// <summary>An op's complete attributes from arguments; null after an error.</summary>
    private Attributes? Attributes(Op op, IReadOnlyList<Operand> operands, Span span)
    {
        var (declared, formals) = FormalsOf[op];
        var values = new Constant?[formals.Length];
        var given = new Span?[formals.Length];
        var sizes = new List<KeyValuePair<string, Constant>>();
        var position = 0;
        var good = true;
        foreach (var operand in operands)
        {
            var index = operand.Name is { } name ? Array.FindIndex(formals, f => f.Name == name.Text) : position++;
            if (index >= 0 && index < formals.Length && given[index] is { } earlier)
            {
                good = false;
                context.Report(HyperparameterErrors.RepeatedArgument(formals[index].Name, operand.Span, earlier));
            }
            else if (index >= 0 && index < formals.Length)
            {
                given[index] = operand.Span;
                var coerced = Arguments.Coerce(context, operand.Value, formals[index], $"`{formals[index].Name}` of '{op.Name}'", operand.Span);
                values[index] = coerced is null ? null : ToConstant(coerced);
                good &= values[index] is not null;
            }
            else if (operand.Name is { } size && op.TakesNamedSizes && operand.Value is ConstantValue { Constant: IntConstant number })
                sizes.Add(KeyValuePair.Create(size.Text, (Constant)number));
            else
            {
                good = false;
                context.Report(operand.Name is not { } unknown ? HyperparameterErrors.TooManyArguments(op.Name, formals.Length, operand.Span, null)
                    : HyperparameterErrors.UnknownArgument(op.Name, unknown,
                        [.. formals.Select(f => f.Name), .. op.Operands("forward").Where(o => o.IsOptional).Select(o => o.Name)], null));
            }
        }
        if (!good)
            return null;
        for (var i = 0; i < values.Length; i++)
            values[i] ??= declared[i].Default ?? (formals[i].Type.EndsWith('?') ? new NoneConstant() : null);
        var missing = formals.Where((_, i) => values[i] is null).Select(f => (f.Name, f.Type)).ToList();
        if (missing.Count == 0)
            return new Attributes([.. formals.Select((f, i) => KeyValuePair.Create(f.Name, values[i]!)), .. sizes.DistinctBy(s => s.Key)]);
        context.Report(HyperparameterErrors.MissingArguments(op.Name, missing, span, null));
        return null;
    }
}
