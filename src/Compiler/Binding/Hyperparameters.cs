using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>Binds the hyperparameters of a block or model.</summary>
internal static class Hyperparameters
{
    /// <summary>The values in order of declaration; null after an error. Defaults see the hyperparameters before them.</summary>
    /// <param name="name">How a known integer is named in formulas, for a model's parameters; null for a block's, which carry the names of what was passed.</param>
    public static ImmutableArray<KeyValuePair<string, BoundValue>>? Bind(Evaluator evaluator, string callee, ImmutableArray<HyperparameterSyntax> declared, SourceModule module,
        ImmutableArray<ArgumentSyntax> arguments, Scope scope, Span call, Span? declaration, Func<string, long, Dim>? name)
    {
        var formals = declared.Select(d => new Formal(d.Name.Text, TypeOf(d.Type), d.Default is not null, d.Name.Span)).ToList();
        var before = evaluator.Context.Bag.Count;
        var matched = Arguments.Match(evaluator.Context, callee, formals, arguments, call, declaration);
        var good = evaluator.Context.Bag.Count == before;
        var own = new Scope(module, null);
        var values = ImmutableArray.CreateBuilder<KeyValuePair<string, BoundValue>>();
        for (var i = 0; i < declared.Length; i++)
        {
            var expression = matched[i]?.Value ?? declared[i].Default;
            var value = expression is null ? (formals[i].Type.EndsWith('?') ? ConstantValue.None : null)
                : Arguments.Coerce(evaluator.Context, evaluator.Evaluate(expression, matched[i] is null ? own : scope), formals[i], $"`{formals[i].Name}` of '{callee}'", expression.Span);
            good &= value is not null;
            if (value is ConstantValue { Constant: IntConstant { Size.Value: { } number } } && name is not null)
                value = new ConstantValue(name(formals[i].Name, number));
            own.Define(formals[i].Name, value ?? ErrorValue.Instance);
            values.Add(KeyValuePair.Create(formals[i].Name, value ?? ErrorValue.Instance));
        }
        return good ? values.ToImmutable() : null;
    }

    private static string TypeOf(HyperTypeSyntax type)
    {
        var text = type.IsList ? $"[{type.Kind}]" : type.Kind;
        return type.IsOptional ? text + "?" : text;
    }
}
