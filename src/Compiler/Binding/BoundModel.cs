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

    /// <summary>The texts that the model takes beside pictures, in order.</summary>
    public List<SectionSyntax> Texts { get; } = [];

    /// <summary>The values of a batch: objectives and steps on the way to them, in order.</summary>
    public List<ComponentSyntax> Batch { get; } = [];

    /// <summary>The values of a batch that are wrong, which has been reported.</summary>
    public HashSet<string> BrokenBatch { get; } = new(StringComparer.Ordinal);

    public List<TaskSyntax> Tasks { get; } = [];

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

    /// <summary>Notes that an expression of the model uses the parts that it names, also through functions of the model.</summary>
    public void Use(ExpressionSyntax expression)
    {
        foreach (var name in ExpressionTree.All(expression).OfType<NameSyntax>())
            Use(name.Text);
    }

    private void Use(string name)
    {
        if (!_used.Add(name))
            return;
        if (Root.Names.GetValueOrDefault(name) is InstanceValue { Instance: var instance } && PartOf(instance) is { } part)
            part.Used = true;
        if (Root.Functions.TryGetValue(name, out var function))
            foreach (var inner in Statements(function.Body).SelectMany(ExpressionTree.All).OfType<NameSyntax>())
                Use(inner.Text);
        if (Batch.FirstOrDefault(b => b.Name.Text == name) is { } batch)
            Use(batch.Value);
    }

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    private static IEnumerable<ExpressionSyntax> Statements(IEnumerable<StatementSyntax> statements) => statements.SelectMany(s => s switch
    {
        AssignSyntax a => [a.Value],
        ReturnSyntax r => [r.Value],
        ForSyntax f => Statements(f.Body).Prepend(f.Sequence),
        IfSyntax i => Statements(i.Then).Concat(Statements(i.Else)).Prepend(i.Condition),
        _ => Enumerable.Empty<ExpressionSyntax>(),
    });

    public BoundPart? PartOf(Instance instance) => Parts.FirstOrDefault(p => StatePath.IsWithin(p.Instance.Path, instance.Path));
}

/// <summary>An encoder, bridge, decoder or other member of a model.</summary>
internal sealed record BoundPart(Role Role, string Name, Instance Instance, Span Declared)
{
    public bool Used { get; set; }

    /// <summary>The part that this one follows as a moving average, or null.</summary>
    public BoundPart? TwinOf { get; init; }

    /// <summary>Whether its functions take pictures.</summary>
    public bool Sees => Role == Role.Encoder || TwinOf is { Role: Role.Encoder };

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
