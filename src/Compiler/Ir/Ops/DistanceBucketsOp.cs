using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir.Ops;

/// <summary>The bucket of each distance between two positions (Raffel et al., 2020, section 2.1): one for each short distance, then logarithmically wider ones.</summary>
public sealed class DistanceBucketsOp : Op
{
    public override string Name => "distance_buckets";

    public override string Summary => "the constant ids[2·span - 1]: the bucket of each distance, key position - query position, from -(span - 1) to span - 1";

    public override ImmutableArray<OpAttribute> Attributes => [new("span", "size"), new("buckets", "int"), new("max_distance", "int"), new("bidirectional", "bool", true)];

    public override ImmutableArray<OpOperand> Operands(string function) => [];

    public override ImmutableArray<string> Constraints =>
    [
        "`span` is at least 1",
        "`buckets` is at least 2, or with `bidirectional`, where each direction has half of them, even and at least 4",
        "`max_distance` is greater than the number of buckets of single distances, which are half of one direction's",
    ];

    public override ImmutableArray<TensorType> Infer(InferContext context)
    {
        var a = context.Attributes;
        context.ExpectAtLeast(1, "span", 1);
        var (buckets, isBidirectional) = (a.Int("buckets"), a.Bool("bidirectional"));
        if (isBidirectional && (buckets < 4 || buckets % 2 != 0))
            context.Violate(2, null, $"`buckets` is {buckets}, expected an even number of at least 4");
        else if (!isBidirectional)
            context.ExpectAtLeast(2, "buckets", 2);
        if (a.Int("max_distance") <= Single(a))
            context.Violate(3, null, $"`max_distance` is {a.Int("max_distance")}, expected more than {Single(a)}");
        return [TensorType.Int(2 * a.Size("span") - 1)];
    }

    /// <summary>The buckets of one direction.</summary>
    public static long OneWay(Attributes attributes) => attributes.Bool("bidirectional") ? attributes.Int("buckets") / 2 : attributes.Int("buckets");

    /// <summary>How many distances of one direction, from 0, have a bucket of their own.</summary>
    public static long Single(Attributes attributes) => OneWay(attributes) / 2;
}
