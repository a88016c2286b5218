using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

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

    public IEnumerable<WovenBlock> Injected(Instance decoder) => Woven.Where(w => StatePath.IsWithin(decoder.Path, w.Target));

    public Scope Scope => new(Root.Module, Root);

    public BoundPart? PartOf(Instance instance) => Parts.FirstOrDefault(p => StatePath.IsWithin(p.Instance.Path, instance.Path));
}

/// <summary>An encoder, bridge, decoder or other member of a model.</summary>
internal sealed record BoundPart(Role Role, string Name, Instance Instance, Span Declared)
{
    public bool Used { get; set; }
}

/// <summary>A block that is woven in at a join point.</summary>
/// <param name="Target">The path of the instance whose calls are the join points.</param>
internal sealed record WovenBlock(int Injection, BlockInstance Block, string Target, bool Before, Span Span);
