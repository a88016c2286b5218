using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

/// <summary>No operand types and no settings of the right kinds make an op throw; what it reports is one of its constraints.</summary>
public sealed class OpTotalityTests
{
    private static readonly ImmutableArray<Dim> Sizes =
        [0, 1, 2, 3, 4, 8, 64, Dim.Symbol("n"), Dim.Symbol("m"), Dim.Symbol("n") + 1, 4 * Dim.Symbol("n"), Dim.Symbol("n") * Dim.Symbol("m"), Dim.Named("dim", 8)];

    private static readonly ImmutableArray<string> Texts =
        ["normal", "all_images", "", "a b -> b a", "a (b c) -> (a b) c", "1 a -> a", "a b c -> (c b a)", "((", "->", "a -> ", "é -> é", "(a) -> a 1", "a b, b c -> c a", "a, -> "];

    public static TheoryData<string> Ops() => [.. OpRegistry.All.Keys.Order()];

    [Theory, MemberData(nameof(Ops))]
    public void Inference_is_total(string name)
    {
        var (op, random) = (OpRegistry.Find(name)!, new Random(name.Length));
        for (var i = 0; i < 500; i++)
            foreach (var function in op.Functions)
            {
                var settings = Settings(op, random);
                var context = new InferContext(function, settings, Operands(op, function, random));
                var result = Assert.Single(op.Infer(context));
                Assert.All(context.Violations, v => Assert.InRange(v.Constraint, 1, op.Constraints.Length));
                Assert.All(context.Violations, v => Assert.True(v.Operand is null || context.Has(v.Operand.Value)));
                op.Parameters(settings);
                if (context.Violations.Count == 0)
                    op.Cost(new CostContext(function, settings, context.Operands, [result]));
            }
    }

    private static ImmutableArray<TensorType?> Operands(Op op, string function, Random random) =>
    [
        .. op.Operands(function).SelectMany(o => o.IsVariadic ? Enumerable.Repeat(o, random.Next(4)) : [o])
            .Select(o => o.IsOptional && random.Next(2) == 0 ? null : Type(random)),
    ];

    private static TensorType Type(Random random) =>
        new((ElementKind)Math.Max(0, random.Next(6) - 3), [.. Enumerable.Range(0, random.Next(5)).Select(_ => Sizes[random.Next(Sizes.Length)])]);

    private static Attributes Settings(Op op, Random random)
    {
        var entries = op.Attributes.Select(a => KeyValuePair.Create(a.Name, a.Default is not null && random.Next(2) == 0 ? a.Default : Setting(a.Kind, random)));
        return new Attributes([.. entries, .. op.TakesNamedSizes && random.Next(2) == 0 ? new[] { KeyValuePair.Create("a", Setting("size", random)) } : []]);
    }

    private static Constant Setting(string kind, Random random) => kind switch
    {
        "int" => (long)random.Next(-3, 9),
        "size" => random.Next(2) == 0 ? Sizes[random.Next(Sizes.Length)] : (long)random.Next(-3, 9),
        "float" => random.NextDouble() - 0.3,
        "bool" => random.Next(2) == 0,
        "string" => Texts[random.Next(Texts.Length)],
        "[int]" => new ListConstant([.. Enumerable.Range(0, random.Next(4)).Select(_ => (Constant)(long)random.Next(-1, 5))]),
        _ when kind.EndsWith('?') => Setting(kind[..^1], random),
        _ => throw new InvalidDataException($"an attribute of kind {kind}"),
    };
}
