using System.Collections.Immutable;
using Mllm.Compiler.Model;
using Mllm.Runtime.Model;
using static TorchSharp.torch;

namespace Mllm.Runtime.Engine;

/// <summary>How the parts that only training needs begin: a twin as what it follows, a queue with numbers drawn as its text says.</summary>
internal static class Beginning
{
    private const ulong Seed = 0;

    /// <summary>The parameters of twins and queues.</summary>
    public static ImmutableHashSet<string> Of(ModelProgram program)
    {
        var parts = program.Components.Where(c => c.Role is Role.Twin or Role.Queue).Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        return [.. program.Graph.Parameters.Where(p => parts.Contains(p.Component)).Select(p => p.Path)];
    }

    /// <summary>Gives some parameters of twins and queues their first values; the others are left alone.</summary>
    public static CompiledModel Twins(ModelProgram program, CompiledModel model, IEnumerable<string> paths)
    {
        var chosen = paths.ToHashSet(StringComparer.Ordinal);
        using var unrecorded = no_grad();
        foreach (var twin in program.Components.Where(c => c.TwinOf is not null))
        {
            var followed = program.Graph.Parameters.Where(p => p.Component == twin.TwinOf).ToList();
            foreach (var (own, source) in program.Graph.Parameters.Where(p => p.Component == twin.Name).Zip(followed).Where(p => chosen.Contains(p.First.Path)))
                model.Parameters.Assign(own.Path, model.Parameters[source.Path].clone());
        }
        Initialisation.Fill(model.Parameters, Seed, [.. chosen.Where(p => !model.Parameters.IsMaterialised(p))]);
        return model;
    }
}
