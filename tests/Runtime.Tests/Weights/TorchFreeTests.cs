using System.Reflection;
using Mllm.Runtime.Weights;
using Xunit;

namespace Mllm.Runtime.Tests.Weights;

/// <summary>Checking a checkpoint must not load the tensor library: only reading and writing tensors may speak of it.</summary>
public class TorchFreeTests
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    [Fact]
    public void OnlyThreeTypesUseTheTensorLibrary()
    {
        var types = typeof(CheckpointSource).Assembly.GetTypes().Where(t => t.Namespace?.StartsWith(typeof(CheckpointSource).Namespace!, StringComparison.Ordinal) == true).ToList();
        var users = types.Where(UsesTorch).Select(Outermost).Distinct().Select(t => t.Name).Order(StringComparer.Ordinal);

        Assert.Equal(["TensorReader", "TorchDtypes", "TorchTensorData"], users);
    }

    private static Type Outermost(Type type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    private static bool UsesTorch(Type type) =>
        type.GetFields(All).Select(f => f.FieldType)
            .Concat(type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All)).SelectMany(Mentioned))
            .Any(IsTorch);

    private static IEnumerable<Type> Mentioned(MethodBase method) =>
        method.GetParameters().Select(p => p.ParameterType)
            .Concat(method is MethodInfo { ReturnType: var returned } ? [returned] : [])
            .Concat(method.GetMethodBody()?.LocalVariables.Select(v => v.LocalType) ?? []);

    private static bool IsTorch(Type type) =>
        type.Assembly.GetName().Name == "TorchSharp" || (type.IsGenericType && type.GetGenericArguments().Any(IsTorch));
}
