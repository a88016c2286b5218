using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;

namespace Mllm.Compiler.Binding;

/// <summary>Lists every parameter of an instance in order of declaration.</summary>
internal static class ParameterCollector
{
    public static IEnumerable<Parameter> Collect(Instance instance, string component) => instance switch
    {
        OpInstance op => op.Op.Parameters(op.Attributes).Select(p => new Parameter(StatePath.Join(op.Path, p.Name), p.Shape, p.Initializer, component, op.Declared)),
        BlockInstance block => block.Owned.SelectMany(o => Collect(o, component)),
        _ => [],
    };

    /// <summary>Reports every parameter whose path another one has already.</summary>
    public static void CheckPaths(CompileContext context, IEnumerable<Parameter> parameters)
    {
        var first = new Dictionary<string, Parameter>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
            if (!first.TryAdd(parameter.Path, parameter))
                context.Report(NameErrors.DuplicatePath(parameter.Path, parameter.Declared, first[parameter.Path].Declared));
    }
}
