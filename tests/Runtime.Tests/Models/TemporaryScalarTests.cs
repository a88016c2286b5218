using System.Reflection;
using System.Reflection.Emit;
using Mllm.Runtime.Execution;
using TorchSharp;
using Xunit;

namespace Mllm.Runtime.Tests.Models;

/// <summary>
/// TorchSharp passes LibTorch the address of a number and does not keep the number's wrapper alive meanwhile: the garbage collector may free a temporary
/// one while an operation still reads it. Where operations run, every number must therefore be kept, in a field or a <c>using</c> local.
/// </summary>
public class TemporaryScalarTests
{
    private const BindingFlags All = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> Codes = typeof(OpCodes).GetFields().Select(f => (OpCode)f.GetValue(null)!).ToDictionary(c => (int)(ushort)c.Value);

    [Fact]
    public void No_operation_is_given_one()
    {
        var places = from assembly in new[] { typeof(Executor).Assembly, typeof(TemporaryScalarTests).Assembly }
                     from type in assembly.GetTypes()
                     from method in type.GetMethods(All).Cast<MethodBase>().Concat(type.GetConstructors(All))
                     from problem in Problems(method)
                     select $"{type.FullName}.{method.Name}: {problem}";
        Assert.True(!places.Any(), string.Join('\n', places.Distinct()));
    }

    private static IEnumerable<string> Problems(MethodBase method)
    {
        var body = Instructions(method);
        for (var i = 0; i < body.Count; i++)
            if (body[i].Called is not { } called)
                continue;
            else if (IsTemporary(body, i))
                yield return "a number is converted and not kept";
            // A script makes numbers of the numbers that it is given; those of this project are given tensors alone.
            else if (called.DeclaringType?.Assembly == typeof(torch).Assembly && called.DeclaringType != typeof(torch.jit.CompilationUnit) && MakesItsOwn(called, 2))
                yield return $"{called.DeclaringType!.Name}.{called} makes a number of its own";
    }

    /// <summary>Whether a method of TorchSharp gives an operation a number that it does not keep.</summary>
    private static bool MakesItsOwn(MethodBase method, int depth)
    {
        var body = Instructions(method);
        return body.Where((_, i) => IsTemporary(body, i)).Any()
            || depth > 1 && body.Any(c => c.Called is { } called && called.DeclaringType?.Assembly == method.DeclaringType?.Assembly && MakesItsOwn(called, depth - 1));
    }

    /// <summary>Whether an instruction converts to a number that is not stored next.</summary>
    private static bool IsTemporary(List<(OpCode Code, MethodBase? Called)> body, int at) =>
        body[at].Called is { Name: "op_Implicit" or "ToScalar" } called && called is MethodInfo { ReturnType: var type } && type == typeof(Scalar)
        && !(body[at + 1].Code.Name is { } next && (next.StartsWith("st", StringComparison.Ordinal) || next.StartsWith("br", StringComparison.Ordinal) || next == "ret"));

    private static List<(OpCode Code, MethodBase? Called)> Instructions(MethodBase method)
    {
        var result = new List<(OpCode, MethodBase?)>();
        var il = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        for (var i = 0; i < il.Length;)
        {
            var code = Codes[il[i] == 0xFE ? 0xFE00 | il[i + 1] : il[i]];
            i += code.Size;
            result.Add((code, code.OperandType == OperandType.InlineMethod ? Called(method, BitConverter.ToInt32(il, i)) : null));
            i += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + 4 * BitConverter.ToInt32(il, i),
                _ => 4,
            };
        }
        return result;
    }

    private static MethodBase? Called(MethodBase method, int token) => method.Module.ResolveMethod(
        token, method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null, method.IsGenericMethod ? method.GetGenericArguments() : null);
}
