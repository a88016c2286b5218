using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>An evaluated argument.</summary>
internal sealed record Operand(string? Name, BoundValue Value, Span Span);

internal sealed partial class Evaluator
{
    private BoundValue Call(CallSyntax call, Scope scope, (BoundValue Value, Span Span)? piped)
    {
        var callee = Evaluate(call.Callee, scope);
        if (callee is ErrorValue)
            return callee;
        if (callee is DeclarationValue { Declaration.Syntax: BlockSyntax } block && piped is null)
            return MakeTemplate(block.Declaration, call.Arguments, scope, call.Span);
        if (callee is BuiltinValue { Name: "floor" or "ceil" } rounding && call.Arguments is [{ Value: BinarySyntax { Operator: "/" } quotient }])
            return RoundedQuotient(rounding.Name == "ceil", quotient, scope);
        var operands = new List<Operand>();
        if (piped is { } p)
            operands.Add(new Operand(null, p.Value, p.Span));
        foreach (var argument in call.Arguments)
            operands.Add(new Operand(argument.Name?.Text, Evaluate(argument.Value, scope), argument.Value.Span));
        return Invoke(callee, operands, call.Callee.Span, call.Span, scope);
    }

    /// <summary>Calls whatever can be called with evaluated arguments.</summary>
    public BoundValue Invoke(BoundValue callee, IReadOnlyList<Operand> operands, Span calleeSpan, Span span, Scope scope)
    {
        switch (callee)
        {
            case ErrorValue:
                return callee;
            case InstanceValue instance:
                return Apply(instance.Instance, "forward", operands, calleeSpan, span);
            case MethodValue method:
                return Apply(method.Instance, method.Function, operands, calleeSpan, span);
            case DeclarationValue { Declaration.Syntax: FunctionSyntax } function:
                return CallFunction(lowerer.Function(function.Declaration, context), "", null, function.Declaration.Syntax as FunctionSyntax, operands, calleeSpan, span);
            case ConstantValue { Constant: ActivationConstant activation }:
                return ApplyFunctionOp(OpRegistry.All[activation.Primitive], operands, span);
            case BuiltinValue builtin:
                return InvokeBuiltin(builtin, operands, span);
            case DeclarationValue { Declaration: var declaration } when declaration.Syntax is BlockSyntax:
                context.Report(ShapeErrors.NeedsInstance(declaration.Syntax.Name.Text, calleeSpan));
                return ErrorValue.Instance;
            case Template template:
                context.Report(ShapeErrors.NeedsInstance(template.Name, calleeSpan));
                return ErrorValue.Instance;
            default:
                context.Report(NameErrors.NotCallable(callee.Describe, calleeSpan));
                return ErrorValue.Instance;
        }
    }

    private BoundValue InvokeBuiltin(BuiltinValue builtin, IReadOnlyList<Operand> operands, Span span)
    {
        if (operands.Any(o => o.Value is ErrorValue))
            return ErrorValue.Instance;
        var hasTensor = operands.Any(o => o.Value is TensorValue);
        var op = OpRegistry.Find(builtin.Name);
        if (Builtins.Names.Contains(builtin.Name) && !hasTensor)
        {
            if (operands.All(o => o.Name is null || (builtin.Name, o.Name) == ("round_up", "to")) && Builtins.Call(builtin.Name, [.. operands.Select(o => o.Value)]) is { } value)
                return value;
            context.Report(HyperparameterErrors.BadOperand(builtin.Name, string.Join(", ", operands.Select(o => o.Value.Describe)), span));
            return ErrorValue.Instance;
        }
        if (op is null)
        {
            context.Report(HyperparameterErrors.BadOperand(builtin.Name, string.Join(", ", operands.Select(o => o.Value.Describe)), span));
            return ErrorValue.Instance;
        }
        if (!op.IsModule)
            return ApplyFunctionOp(op, operands, span);
        if (!hasTensor)
            return Attributes(op, operands, span) is { } attributes ? new OpTemplate(op, attributes) : ErrorValue.Instance;
        context.Report(ShapeErrors.NeedsInstance(op.Name, span));
        return ErrorValue.Instance;
    }

    private BoundValue RoundedQuotient(bool up, BinarySyntax quotient, Scope scope)
    {
        var (a, b) = (Evaluate(quotient.Left, scope), Evaluate(quotient.Right, scope));
        if (a is ConstantValue { Constant: IntConstant { Size.Value: { } x } } && b is ConstantValue { Constant: IntConstant { Size.Value: { } y } })
        {
            if (y == 0)
            {
                context.Report(HyperparameterErrors.DivisionByZero(quotient.Span));
                return ErrorValue.Instance;
            }
            var floor = x / y - (x % y != 0 && x < 0 != y < 0 ? 1 : 0);
            return new ConstantValue(up && x % y != 0 ? floor + 1 : floor);
        }
        return Builtins.Call(up ? "ceil" : "floor", [a is ErrorValue || b is ErrorValue ? ErrorValue.Instance : Compute(quotient, a, b)]) ?? ErrorValue.Instance;
    }

    private BlockTemplate? MakeBlockTemplate(Declaration declaration, ImmutableArray<ArgumentSyntax> arguments, Scope scope, Span call)
    {
        var block = (BlockSyntax)declaration.Syntax;
        var values = Hyperparameters.Bind(this, block.Name.Text, block.Hyperparameters, declaration.Module, arguments, scope, call, block.Name.Span, name: null);
        return values is null ? null : new BlockTemplate(block, declaration.Module, values.Value);
    }

    private BoundValue MakeTemplate(Declaration declaration, ImmutableArray<ArgumentSyntax> arguments, Scope scope, Span call) =>
        MakeBlockTemplate(declaration, arguments, scope, call) is { } template ? template : ErrorValue.Instance;

    private BoundValue Apply(Instance instance, string function, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        if (body is null)
        {
            context.Report(ShapeErrors.TensorOutsideFunction(instance.BlockName, calleeSpan));
            return ErrorValue.Instance;
        }
        if (instance is OpInstance op)
            return ApplyInstanceOp(op, function, operands, calleeSpan, span);
        var block = (BlockInstance)instance;
        if (!block.Functions.TryGetValue(function, out var syntax))
        {
            context.Report(function == "forward" ? NameErrors.NotCallable($"'{block.BlockName}' has no function `forward` and", calleeSpan)
                : NameErrors.UnknownMember(block.BlockName, new Name(function, calleeSpan), block.Functions.Keys, block.Declared));
            return ErrorValue.Instance;
        }
        return CallFunction(lowerer.Function(block, function, context), body.RelativePath(block.Path), block, syntax, operands, calleeSpan, span);
    }

    private BoundValue CallFunction(Function? callee, string path, BlockInstance? instance, FunctionSyntax? syntax, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        if (callee is null || syntax is null || operands.Any(o => o.Value is ErrorValue))
            return ErrorValue.Instance;
        var name = instance is null ? syntax.Name.Text : syntax.Name.Text == "forward" ? instance.BlockName : $"{instance.BlockName}.{syntax.Name}";
        if (body is null)
        {
            context.Report(ShapeErrors.TensorOutsideFunction(name, calleeSpan));
            return ErrorValue.Instance;
        }
        var placed = new Operand?[syntax.Parameters.Length];
        var position = 0;
        foreach (var operand in operands)
        {
            var index = operand.Name is null ? position++ : syntax.Parameters.ToList().FindIndex(p => p.Name.Text == operand.Name);
            if (index < 0)
            {
                context.Report(HyperparameterErrors.UnknownArgument(name, new Name(operand.Name!, operand.Span), [.. syntax.Parameters.Select(p => p.Name.Text)], syntax.Name.Span));
                return ErrorValue.Instance;
            }
            if (index >= placed.Length || placed[index] is not null)
            {
                context.Report(ShapeErrors.OperandCount(name, Count(syntax.Parameters.Length), operands.Count, span));
                return ErrorValue.Instance;
            }
            placed[index] = operand;
        }
        if (placed.Any(p => p is null))
        {
            context.Report(ShapeErrors.OperandCount(name, Count(syntax.Parameters.Length), operands.Count, span));
            return ErrorValue.Instance;
        }
        var values = ImmutableArray.CreateBuilder<Value>();
        for (var i = 0; i < placed.Length; i++)
            if (placed[i]!.Value is TensorValue t)
                values.Add(t.Value);
            else
                context.Report(ShapeErrors.NotATensor(name, syntax.Parameters[i].Name.Text, placed[i]!.Value.Describe, placed[i]!.Span));
        if (values.Count != placed.Length)
            return ErrorValue.Instance;
        var results = body.Call(callee, values.ToImmutable(), path, span, (i, expected) =>
            ShapeErrors.ArgumentMismatch(name, syntax.Parameters[i].Name.Text, expected, values[i].Type.ToString(), placed[i]!.Span, syntax.Parameters[i].Type.Span));
        return Wrap(results);
    }

    private static string Count(int n) => n == 1 ? "1 tensor" : $"{n} tensors";

    internal static BoundValue Wrap(ImmutableArray<Value>? results) => results switch
    {
        null => ErrorValue.Instance,
        { Length: 1 } r => new TensorValue(r[0]),
        { } r => new TupleValue([.. r.Select(v => (BoundValue)new TensorValue(v))]),
    };
}
