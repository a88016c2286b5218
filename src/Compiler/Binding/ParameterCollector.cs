using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Text;

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
}
