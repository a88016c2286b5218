using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    /// <summary>A block with the hyperparameters that an object of a configuration gives it; a missing object is an empty one.</summary>
    private BoundValue ReadBlock(ReadCall read, Scope scope)
    {
        var candidates = read.Candidates(scope.Module);
        // What is wrong with the call itself is reported where the section is checked.
        if (read.Object is not { } source || candidates.IsEmpty)
            return ErrorValue.Instance;
        var value = Evaluate(source, scope);
        if (value is ConstantValue { Constant: NoneConstant })
            value = new RecordValue(ImmutableDictionary<string, BoundValue>.Empty);
        if (value is not RecordValue config)
        {
            if (!value.IsError)
                context.Report(ImportErrors.ReadsNoObject(source.Span.Text, value.Describe, source.Span));
            return ErrorValue.Instance;
        }
        var type = (read.Type is { } given ? Evaluate(given, scope) : config.Fields.GetValueOrDefault(ReadCall.TypeKey, ConstantValue.None)) switch
        {
            ConstantValue { Constant: StringConstant text } => text.Value,
            _ => null,
        };
        if (BlockConfig.Choose(candidates, type) is not { } chosen)
        {
            context.Report(ImportErrors.UnknownPartType(type!, [.. candidates.Select(c => c.Section.Label!.Value)], (read.Type ?? source).Span));
            return ErrorValue.Instance;
        }
        return ConfigReader.Arguments(this, chosen.Block.Hyperparameters, chosen.Section, chosen.Declaration.Module, config, read.Gives) is { } arguments
            ? MakeTemplate(chosen.Declaration, [.. arguments, .. read.Settings], scope, read.Call.Span) : ErrorValue.Instance;
    }
}
