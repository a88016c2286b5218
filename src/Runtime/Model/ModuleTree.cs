using TorchSharp;
using Weight = TorchSharp.Modules.Parameter;

namespace Mllm.Runtime.Model;

/// <summary>A module that only holds parameters and further modules: one segment of the paths in the state dict.</summary>
public class ModuleTree(string name) : torch.nn.Module(name)
{
    private readonly Dictionary<string, ModuleTree> _children = new(StringComparer.Ordinal);

    /// <summary>The module below this one at a dotted path, made where it is not there yet; this one for the empty path.</summary>
    internal ModuleTree Descend(string path)
    {
        var node = this;
        for (var at = 0; at < path.Length;)
        {
            var end = path.IndexOf('.', at) is var dot && dot < 0 ? path.Length : dot;
            var segment = path[at..end];
            if (!node._children.TryGetValue(segment, out var child))
            {
                node._children.Add(segment, child = new ModuleTree(segment));
                node.register_module(segment, child);
            }
            (node, at) = (child, end + 1);
        }
        return node;
    }

    /// <summary>Registers a parameter under a name, in place of the one that had it.</summary>
    internal void Put(string parameter, Weight weight) => ConditionallyRegisterParameter(parameter, weight);
}
