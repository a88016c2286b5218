using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>Writes evaluated settings as the source text that gives them: of each call only what differs from the defaults.</summary>
internal static class SettingText
{
    /// <summary>A model's call; every argument by its name.</summary>
    public static SourceTree Model(string name, ModelSyntax model, SourceModule module, ImmutableArray<KeyValuePair<string, BoundValue>> values) =>
        Call(name, model, model.Hyperparameters, module, values, positional: false);

    private static SourceTree Value(BoundValue value) => value switch
    {
        BlockTemplate block => Call(block.Name, block.Block, block.Block.Hyperparameters, block.Module, block.Hyperparameters, positional: true),
        OpTemplate op => new(op.Name, [.. op.Op.Attributes
            .Select((a, i) => (a.Name, a.Default, Value: op.Attributes[a.Name], Position: i))
            .Where(a => !a.Value.Equals(a.Default))
            .Select(a => (a.Default is null ? "" : $"{a.Name}: ", Value(Evaluator.FromConstant(a.Value))))]),
        ListValue list => new($"[{string.Join(", ", list.Elements.Select(e => Value(e).Flat))}]"),
        ConstantValue { Constant: FloatConstant number } => new(Number(number)),
        ConstantValue { Constant: StringConstant text } => new($"\"{text.Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n").Replace("\t", "\\t")}\""),
        ConstantValue constant => new(constant.Constant.ToString()!),
        _ => throw new NotSupportedException(value.Describe),
    };

    private static SourceTree Call(string callee, DeclarationSyntax declaration, ImmutableArray<HyperparameterSyntax> declared, SourceModule module,
        ImmutableArray<KeyValuePair<string, BoundValue>> values, bool positional)
    {
        var arguments = ImmutableArray.CreateBuilder<(string, SourceTree)>();
        // What defaults see: the parameters before them. The values are right, so that a default that cannot be computed from them is merely not theirs.
        var context = new CompileContext(declaration.Span.Source, new DiagnosticBag());
        var evaluator = new Evaluator(context, new Lowerer(context));
        var scope = new Scope(module, null);
        for (var i = 0; i < declared.Length; i++)
        {
            var (name, value) = values[i];
            var text = Value(value);
            // As people write it: what must be given, and what comes first, needs no name.
            positional &= i == 0 || declared[i].Default is null && !declared[i].Type.IsOptional;
            if (Hyperparameters.DefaultOf(evaluator, declaration, declared[i], scope) is not { } standard || Value(standard).Flat != text.Flat)
                arguments.Add((positional ? "" : $"{name}: ", text));
            else
                positional = false;
            scope.Define(name, value);
        }
        return new SourceTree(callee, arguments.ToImmutable());
    }

    /// <summary>A float that is a whole number shows that it is one.</summary>
    private static string Number(FloatConstant number) =>
        number.ToString() is var text && text.AsSpan().ContainsAny(".eE") ? text : $"{text}.0";
}
