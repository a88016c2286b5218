using Mllm.Compiler.Ir.Ops;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>
/// T5's buckets (Raffel et al., 2020, section 2.1): short distances have one each; longer ones share buckets whose borders grow by a constant factor up to
/// <c>max_distance</c>, beyond which there is one. Keys before the query, and the query itself, have the first buckets; keys after it have the other half,
/// or bucket 0 in one direction alone. Logarithms are taken in float32, as T5's reference implementation in Hugging Face Transformers does.
/// </summary>
public sealed class DistanceBucketsKernel : IKernel
{
    public string Name => "distance_buckets";

    public BoundKernel Bind(KernelSite site)
    {
        var a = site.Attributes;
        var (span, isBidirectional) = (site.Size(a.Size("span")), a.Bool("bidirectional"));
        long oneWay = DistanceBucketsOp.OneWay(a), single = DistanceBucketsOp.Single(a), farthest = a.Int("max_distance");
        return c =>
        {
            var reach = c.Size(span) - 1;
            var buckets = new long[2 * reach + 1];
            for (var distance = -reach; distance <= reach; distance++)
                buckets[distance + reach] = distance <= 0 ? Bucket(-distance) : isBidirectional ? oneWay + Bucket(distance) : 0;
            using var table = from_array(buckets);
            return table.to(c.Device, copy: true);
        };

        long Bucket(long distance)
        {
            if (distance < single)
                return distance;
            var share = MathF.Log((float)distance / single) / (float)Math.Log((double)farthest / single);
            return Math.Min(single + (long)(share * (oneWay - single)), oneWay - 1);
        }
    }
}
