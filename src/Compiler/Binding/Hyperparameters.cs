using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>Hyperparameters with their values in order of declaration; what is wrong has been reported and is an <see cref="ErrorValue"/>.</summary>
internal sealed record BoundHyperparameters(ImmutableArray<KeyValuePair<string, BoundValue>> Values, bool IsGood);

/// <summary>Binds the hyperparameters of a block or model.</summary>
internal static class Hyperparameters
{
    /// <summary>Matches and evaluates. Defaults see the hyperparameters before them.</summary>
    /// <param name="module">The module of the declaration, whose names the defaults see.</param>
    /// <param name="scope">What the arguments see.</param>
    /// <param name="name">How a known integer is named in formulas, for a model's parameters; null for a block's, which carry the names of what was passed.</param>
    public static BoundHyperparameters Bind(Evaluator evaluator, DeclarationSyntax callee, ImmutableArray<HyperparameterSyntax> declared, SourceModule module,
        ImmutableArray<ArgumentSyntax> arguments, Scope scope, Span call, Func<string, long, Dim>? name)
    {
        var context = evaluator.Context;
        var formals = declared.Select(d => new Formal(d.Name.Text, TypeOf(d.Type), d.Default is not null, d.Name.Span)).ToList();
        var before = context.Errors;
        var matched = Arguments.Match(context, callee.Name.Text, formals, arguments, call, callee.Name.Span);
        var good = context.Errors == before;
        var own = new Scope(module, null);
        var values = ImmutableArray.CreateBuilder<KeyValuePair<string, BoundValue>>();
        for (var i = 0; i < declared.Length; i++)
        {
            var value = matched[i] is { } argument ? Coerce(evaluator, argument.Value, scope, callee, formals[i]) : Default(evaluator, declared[i], own, callee, formals[i], call);
            good &= value is not null;
            if (value is ConstantValue { Constant: IntConstant { Size.Value: { } number } } && name is not null)
                value = new ConstantValue(name(formals[i].Name, number));
            own.Define(formals[i].Name, value ?? ErrorValue.Instance);
            values.Add(KeyValuePair.Create(formals[i].Name, value ?? ErrorValue.Instance));
        }
        return new BoundHyperparameters(values.ToImmutable(), good);
    }

    /// <summary>What a parameter is when no argument is given; null where it must be given, or its default cannot be computed, which is reported.</summary>
    /// <param name="own">The parameters before it.</param>
    public static BoundValue? DefaultOf(Evaluator evaluator, DeclarationSyntax callee, HyperparameterSyntax declared, Scope own) =>
        Default(evaluator, declared, own, callee, new Formal(declared.Name.Text, TypeOf(declared.Type), declared.Default is not null, declared.Name.Span), declared.Span);

    /// <summary>An argument as a parameter takes it; null where it does not fit, which is reported.</summary>
    /// <param name="scope">What the argument sees.</param>
    public static BoundValue? Argument(Evaluator evaluator, DeclarationSyntax callee, HyperparameterSyntax declared, ExpressionSyntax argument, Scope scope) =>
        Coerce(evaluator, argument, scope, callee, new Formal(declared.Name.Text, TypeOf(declared.Type), declared.Default is not null, declared.Name.Span));

    private static BoundValue? Default(Evaluator evaluator, HyperparameterSyntax declared, Scope own, DeclarationSyntax callee, Formal formal, Span call)
    {
        if (declared.Default is not { } expression)
            return formal.Type.EndsWith('?') ? ConstantValue.None : null;
        if (callee is not BlockSyntax block)
            return Coerce(evaluator, expression, own, callee, formal);
        var outer = evaluator.Context.Origin;
        if (!evaluator.Context.Enter(block, call))
            return null;
        var value = Coerce(evaluator, expression, own, callee, formal);
        evaluator.Context.Leave(outer);
        return value;
    }

    private static BoundValue? Coerce(Evaluator evaluator, ExpressionSyntax expression, Scope scope, DeclarationSyntax callee, Formal formal) =>
        Arguments.Coerce(evaluator.Context, evaluator.Evaluate(expression, scope), formal, $"`{formal.Name}` of '{callee.Name}'", expression.Span);

    private static string TypeOf(HyperTypeSyntax type)
    {
        var text = type.IsList ? $"[{type.Kind}]" : type.Kind;
        return type.IsOptional ? text + "?" : text;
    }
}
