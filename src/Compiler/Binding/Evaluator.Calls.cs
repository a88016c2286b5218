using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>An evaluated argument; <c>Name</c> is null for one by position.</summary>
internal sealed record Operand(Name? Name, BoundValue Value, Span Span)
{
    /// <summary>An argument that the compiler gives itself.</summary>
    public static Operand Named(string name, BoundValue value, Span span) => new(new Name(name, span), value, span);
}

internal sealed partial class Evaluator
{
    private BoundValue Call(CallSyntax call, Scope scope, (BoundValue Value, Span Span)? piped)
    {
        if (scope.IsOpen && ReadCall.Of(call) is { } read)
            return ReadBlock(read, scope);
        var callee = Evaluate(call.Callee, scope);
        if (callee is ErrorValue)
            return callee;
        if (callee is DeclarationValue { Declaration.Syntax: BlockSyntax } block && body is null)
            return MakeTemplate(block.Declaration, call.Arguments, scope, call.Span);
        if (callee is BuiltinValue { Name: "floor" or "ceil" } rounding && piped is null && call.Arguments is [{ Name: null, Value: BinarySyntax { Operator: "/" } quotient }])
            return RoundedQuotient(rounding.Name == "ceil", quotient, scope);
        var operands = new List<Operand>();
        if (piped is { } p)
            operands.Add(new Operand(null, p.Value, p.Span));
        foreach (var argument in call.Arguments)
            operands.Add(new Operand(argument.Name, Evaluate(argument.Value, scope), argument.Value.Span));
        return Invoke(callee, operands, call.Callee.Span, call.Span);
    }

    /// <summary>Calls whatever can be called with evaluated arguments.</summary>
    public BoundValue Invoke(BoundValue callee, IReadOnlyList<Operand> operands, Span calleeSpan, Span span)
    {
        if (Inputs is not null)
            operands = [.. operands.Select(o => callee is TermValue ? o : o with { Value = Input(o.Value, o.Span) })];
        switch (callee)
        {
            case ErrorValue:
                return callee;
            case TermValue term when Terms is not null:
                return Terms(term, operands, span);
            case InstanceValue instance:
                return Apply(instance.Instance, "forward", operands, calleeSpan, span);
            case MethodValue method:
                return Apply(method.Instance, method.Function, operands, calleeSpan, span);
            case DeclarationValue { Declaration: { Syntax: FunctionSyntax syntax } declaration }:
                return CallFunction(lowerer.Function(declaration, calleeSpan), "", null, syntax, operands, calleeSpan, span);
            case ConstantValue { Constant: ActivationConstant activation }:
                return ApplyFunctionOp(OpRegistry.All[activation.Primitive], operands, span);
            case BuiltinValue builtin:
                return InvokeBuiltin(builtin, operands, span);
            case DeclarationValue { Declaration.Syntax: BlockSyntax block }:
                context.Report(ShapeErrors.NeedsInstance(block.Name.Text, calleeSpan));
                return ErrorValue.Instance;
            case Template template:
                context.Report(ShapeErrors.NeedsInstance(template.Name, calleeSpan));
                return ErrorValue.Instance;
            default:
                context.Report(NameErrors.NotCallable(callee.Describe, calleeSpan, callee switch
                {
                    ListValue { Elements: [InstanceValue, ..] } => "call its elements: `for layer in layers { x = layer(x) }`",
                    DeclarationValue { Declaration.Syntax: ModelSyntax } => "a model is made of blocks; what two models share is a block",
                    _ => null,
                }));
                return ErrorValue.Instance;
        }
    }

    private BoundValue InvokeBuiltin(BuiltinValue builtin, IReadOnlyList<Operand> operands, Span span)
    {
        if (operands.Any(o => o.Value.IsError))
            return ErrorValue.Instance;
        var hasTensor = operands.Any(o => o.Value is TensorValue);
        var op = OpRegistry.Find(builtin.Name);
        if (op is null || Builtins.Names.Contains(builtin.Name) && !hasTensor)
        {
            if (operands.All(o => o.Name is null || (builtin.Name, o.Name.Text) == ("round_up", "to")) && Builtins.Call(builtin.Name, [.. operands.Select(o => o.Value)]) is { } value)
                return value;
            context.Report(HyperparameterErrors.BadOperand(builtin.Name, operands.Count == 0 ? "nothing" : Words.Join([.. operands.Select(o => o.Value.Describe)], "and"), span));
            return ErrorValue.Instance;
        }
        if (!op.IsModule)
            return ApplyFunctionOp(op, operands, span);
        if (body is null)
            return Attributes(op, operands, span) is { } attributes ? new OpTemplate(op, attributes) : ErrorValue.Instance;
        context.Report(ShapeErrors.NeedsInstance(op.Name, span));
        return ErrorValue.Instance;
    }

    private BoundValue RoundedQuotient(bool up, BinarySyntax quotient, Scope scope)
    {
        var (a, b) = (Evaluate(quotient.Left, scope), Evaluate(quotient.Right, scope));
        if (a.IsError || b.IsError)
            return ErrorValue.Instance;
        if (a is ConstantValue { Constant: IntConstant { Size.Value: { } x } } && b is ConstantValue { Constant: IntConstant { Size.Value: { } y } } && y != 0)
        {
            var (floor, rest) = (Int128.DivRem(x, y).Quotient, (Int128)x % y);
            floor -= rest != 0 && x < 0 != y < 0 ? 1 : 0;
            return new ConstantValue(checked((long)(up && rest != 0 ? floor + 1 : floor)));
        }
        if (Compute(quotient, a, b) is not ConstantValue exact)
            return ErrorValue.Instance;
        if (Builtins.Call(up ? "ceil" : "floor", [exact]) is { } rounded)
            return rounded;
        context.Report(HyperparameterErrors.BadOperand(up ? "ceil" : "floor", exact.Describe, quotient.Span));
        return ErrorValue.Instance;
    }

    private BoundValue MakeTemplate(Declaration declaration, ImmutableArray<ArgumentSyntax> arguments, Scope scope, Span call)
    {
        var block = (BlockSyntax)declaration.Syntax;
        if (context.Origin?.Chain().TakeWhile(o => !ReferenceEquals(o.Block, block)).ToList() is { } inside && inside.Count < context.Origin.Chain().Count())
        {
            context.Report(NameErrors.Recursion(block.Name.Text, "contains", [block.Name.Text, .. inside.AsEnumerable().Reverse().Select(o => o.Block.Name.Text), block.Name.Text], call));
            return ErrorValue.Instance;
        }
        var values = Hyperparameters.Bind(this, block, block.Hyperparameters, declaration.Module, arguments, scope, call, name: null);
        return values.IsGood ? new BlockTemplate(block, declaration.Module, values.Values) : ErrorValue.Instance;
    }

    internal static BoundValue Wrap(ImmutableArray<Value>? results) => results switch
    {
        null => ErrorValue.Instance,
        { Length: 1 } r => new TensorValue(r[0]),
        { } r => new TupleValue([.. r.Select(v => (BoundValue)new TensorValue(v))]),
    };
}
