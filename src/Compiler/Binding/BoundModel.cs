using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>A model whose parts are placed; its functions are not lowered yet.</summary>
/// <param name="Root">Holds the model's parameters, members and parts by name; its path is empty.</param>
internal sealed record BoundModel(ModelSyntax Syntax, BlockInstance Root)
{
    public List<BoundPart> Parts { get; } = [];

    public List<InjectSyntax> Injections { get; } = [];

    public List<StageSyntax> Stages { get; } = [];

    public List<SectionSyntax> Sections { get; } = [];

    public List<OutputSyntax> Outputs { get; } = [];

    /// <summary>The blocks woven into the decoder, once they are placed.</summary>
    public List<WovenBlock> Woven { get; } = [];

    public List<AdaptSyntax> Adaptations { get; } = [];

    /// <summary>The members that <c>adapt</c> changes, once their blocks are placed.</summary>
    public List<AdaptedMember> Adapted { get; } = [];

    public IEnumerable<AdaptedMember> AdaptedIn(Instance part) => Adapted.Where(a => StatePath.IsWithin(part.Path, a.Target.Path));

    public IEnumerable<WovenBlock> Injected(Instance decoder) => Woven.Where(w => StatePath.IsWithin(decoder.Path, w.Target.Path));

    public Scope Scope => new(Root.Module, Root);

    /// <summary>What a name at the root of a selector stands for; null (and a diagnostic) when it stands for nothing.</summary>
    public BoundValue? Find(CompileContext context, Name name)
    {
        if (Root.Names.TryGetValue(name.Text, out var value))
            return value;
        if (name.Text.Length > 0)
            context.Report(Definitions.Find(Syntax.Items, name.Text) is { } definition ? NameErrors.LeftOut(name.Text, name.Span, definition.Span)
                : NameErrors.UnknownName(name.Text, name.Span, Root.Names.Where(n => n.Value is InstanceValue).Select(n => n.Key)));
        return null;
    }

    public BoundPart? PartOf(Instance instance) => Parts.FirstOrDefault(p => StatePath.IsWithin(p.Instance.Path, instance.Path));
}

/// <summary>An encoder, bridge, decoder or other member of a model.</summary>
internal sealed record BoundPart(Role Role, string Name, Instance Instance, Span Declared)
{
    public bool Used { get; set; }

    /// <summary>The picture that an encoder's used functions take.</summary>
    public TensorType? Picture { get; set; }

    /// <summary>In words: <c>the encoder 'vision'</c>.</summary>
    public string Describe => $"the {Role.ToString().ToLowerInvariant()} '{Name}'";
}

/// <summary>A block that is woven in at a join point.</summary>
/// <param name="Target">The instance whose calls are the join points.</param>
/// <param name="Span">The whole injection.</param>
/// <param name="Selector">Its join points.</param>
internal sealed record WovenBlock(int Injection, BlockInstance Block, Instance Target, bool Before, Span Span, Span Selector);
