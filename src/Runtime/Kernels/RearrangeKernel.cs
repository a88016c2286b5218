using Mllm.Compiler.Ir.Ops;
using Mllm.Runtime.Execution;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Kernels;

/// <summary>Splits axes, reorders them and joins them: a view where the memory allows it.</summary>
public sealed class RearrangeKernel : IKernel
{
    public string Name => "rearrange";

    public BoundKernel Bind(KernelSite site)
    {
        var text = site.Attributes.Text("pattern");
        var pattern = RearrangePattern.Parse(text, out var error) ?? throw new InvalidOperationException(error);
        var sizes = pattern.Solve(site[0].Shape, RearrangeOp.NamedSizes(site.Attributes), message => throw new InvalidOperationException(message));
        var rows = site.HasRows(0) ? 1 : 0;
        var before = pattern.Left.SelectMany(axis => axis).ToList();
        var split = site.Sizes(before.Select(name => sizes[name]));
        var joined = site.Sizes(pattern.Apply(sizes));
        long[] order = [.. Enumerable.Range(0, rows).Select(i => (long)i), .. pattern.Right.SelectMany(axis => axis).Select(name => (long)before.IndexOf(name) + rows)];
        return c =>
        {
            var x = c[0];
            using var parts = x.reshape(Shape(c, split, x, rows));
            using var turned = parts.permute(order);
            return turned.reshape(Shape(c, joined, x, rows));
        };
    }

    private static long[] Shape(KernelContext context, SizeRef[] sizes, Tensor x, int rows)
    {
        var shape = new long[rows + sizes.Length];
        if (rows > 0)
            shape[0] = x.size(0);
        for (var i = 0; i < sizes.Length; i++)
            shape[rows + i] = context.Size(sizes[i]);
        return shape;
    }
}
