using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>A block or primitive at its place: its path in the state dict owns the parameters below it.</summary>
/// <param name="Declared">The expression that made it, for diagnostics.</param>
public abstract class Instance(string path, Template template, Span declared)
{
    public string Path => path;

    public Template Template => template;

    public Span Declared => declared;

    public string BlockName => template.Name;

    /// <summary>The block whose member it is; null for a part of the model and for what is not owned.</summary>
    internal BlockInstance? Owner { get; set; }
}

public sealed class OpInstance(string path, OpTemplate template, Span declared) : Instance(path, template, declared)
{
    public Op Op => template.Op;

    public Attributes Attributes => template.Attributes;
}

/// <summary>An instance of a block: hyperparameters and members by name, and the instances it owns in order.</summary>
public sealed class BlockInstance(string path, BlockTemplate template, Span declared) : Instance(path, template, declared)
{
    private readonly List<Instance> _owned = [];

    /// <summary>Whether a requirement or a computation in it failed: its sizes say nothing, and nothing more is said about it.</summary>
    public bool IsBroken { get; internal set; }

    /// <summary>The calls that led to this instance, itself first.</summary>
    internal Origin? Origin { get; init; }

    public BlockSyntax Block => template.Block;

    public SourceModule Module => template.Module;

    /// <summary>Hyperparameters and members.</summary>
    public Dictionary<string, BoundValue> Names { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, FunctionSyntax> Functions { get; } = new(StringComparer.Ordinal);

    /// <summary>What the block says about names in released weights.</summary>
    internal List<SectionSyntax> Checkpoints { get; } = [];

    public IReadOnlyList<Instance> Owned => _owned;

    internal void Own(Instance instance)
    {
        _owned.Add(instance);
        instance.Owner = this;
    }
}

/// <summary>Paths of the state dict.</summary>
public static class StatePath
{
    public static string Join(string owner, string member) => owner.Length == 0 ? member : member.Length == 0 ? owner : $"{owner}.{member}";

    /// <summary>A path relative to its owner's.</summary>
    public static string Relative(string owner, string path) =>
        owner.Length == 0 ? path : path == owner ? "" : IsWithin(owner, path) ? path[(owner.Length + 1)..] : throw new ArgumentException($"'{path}' is not below '{owner}'");

    /// <summary>Whether a path is the owner's or below it.</summary>
    public static bool IsWithin(string owner, string path) => owner.Length == 0 || path.StartsWith(owner, StringComparison.Ordinal) && (path.Length == owner.Length || path[owner.Length] == '.');

    /// <summary>Whether a text that a user wrote is a path: names joined by dots, or nothing.</summary>
    public static bool IsValid(string path) => path.Length == 0 || path.Split('.').All(part => part.Length > 0 && part.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-'));
}
