using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Mllm.Runtime.Execution;
using Mllm.Runtime.Tests.Execution;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace Mllm.Runtime.Tests.Kernels;

/// <summary>Compares the gradients of one primitive, of its operands and its parameters, with difference quotients in float64.</summary>
internal static class GradientCheck
{
    private const int Rows = 2;
    private const double Step = 1e-5;

    /// <param name="isBlocked">Whether no gradient may reach the operands.</param>
    public static void Compare(string op, ImmutableArray<Operand?> operands, bool isBlocked = false, params (string Name, Constant Value)[] attributes) =>
        Compare(op, "forward", operands, isBlocked, attributes);

    /// <param name="function">The primitive's function that is called.</param>
    public static void Compare(string op, string function, ImmutableArray<Operand?> operands, bool isBlocked = false, params (string Name, Constant Value)[] attributes)
    {
        using var scope = NewDisposeScope();
        var f = new FunctionBuilder("main");
        var values = operands.Select((o, i) => o is null ? null : f.Input($"x{i}", o.Type)).ToImmutableArray();
        using var model = Graphs.Model(Graphs.Of([f.Build(f.Op(op, values, "it", function, attributes: attributes))]));
        var random = new Random(3);
        KernelCheck.Fill(model, random, ScalarType.Float64);
        var present = operands.OfType<Operand>().ToArray();
        Tensor[] inputs = [.. present.Select(o => Nd.Make([Rows, .. o.Shape], _ => o.Draw?.Invoke(random) ?? KernelCheck.Uniform(random))
            .ToTensor(o.Kind switch { ElementKind.Int => ScalarType.Int64, ElementKind.Bool => ScalarType.Bool, _ => ScalarType.Float64 }))];
        Tensor[] varied = [.. inputs.Where((_, i) => present[i].Kind == ElementKind.Float), .. model.parameters()];
        foreach (var tensor in varied)
            tensor.requires_grad = true;
        var executor = Graphs.Guarded(model);
        Nd? weights = null;

        var loss = Loss(new RunContext { Gradients = true });
        if (isBlocked)
        {
            Assert.False(loss.requires_grad);
            return;
        }
        loss.backward();
        for (var t = 0; t < varied.Length; t++)
        {
            Assert.True(varied[t].grad is not null, $"{op}: operand or parameter {t} has no gradient");
            var found = Nd.Of(varied[t].grad!);
            for (var i = 0; i < found.Data.Length; i++)
            {
                // The quotient is off by the step's square times the third derivative, and by the rounding of losses of about 1 over the step.
                var expected = (Shifted(varied[t], i, Step) - Shifted(varied[t], i, -Step)) / (2 * Step);
                Assert.True(Math.Abs(expected - found.Data[i]) < 1e-7 * Math.Max(1, Math.Abs(expected)), $"{op}: operand or parameter {t}, element {i}: {found.Data[i]}, quotient {expected}");
            }
        }

        double Shifted(Tensor tensor, int element, double by)
        {
            using var inner = NewDisposeScope();
            using var unrecorded = no_grad();
            var place = tensor.view(-1).narrow(0, element, 1);
            place.Shift(by);
            model.Parameters.Touch();
            var value = Loss(new RunContext()).item<double>();
            place.Shift(-by);
            model.Parameters.Touch();
            return value;
        }

        // Weights that differ, so that no symmetry of the result hides a mistake.
        Tensor Loss(RunContext context)
        {
            var result = executor.Run("main", inputs, context)[0];
            weights ??= Nd.Make([.. result.shape.Select(s => (int)s)], _ => KernelCheck.Uniform(random));
            return result.to(ScalarType.Float64).mul(weights.ToTensor(ScalarType.Float64)).sum();
        }
    }
}
