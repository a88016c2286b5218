using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>
/// <c>read(OBJECT, BLOCK, ..., type: TYPE, name: value)</c> in a <c>config</c> section: the block that an object of the configuration describes, as the
/// <c>config</c> section of that block says. <c>type</c> stands in the place of the object's <c>model_type</c>; further names set hyperparameters.
/// </summary>
internal sealed record ReadCall(CallSyntax Call)
{
    public const string Word = "read";

    /// <summary>The key of an object that says what it describes.</summary>
    public const string TypeKey = "model_type";
    private const string TypeArgument = "type";

    public static ReadCall? Of(CallSyntax call) => call.Callee is NameSyntax { Text: Word } ? new ReadCall(call) : null;

    private IEnumerable<ExpressionSyntax> Positional => Call.Arguments.Where(a => a.Name is null).Select(a => a.Value);

    public ExpressionSyntax? Object => Positional.FirstOrDefault();

    /// <summary>The expression that says which block it is; null where the object itself says so.</summary>
    public ExpressionSyntax? Type => Call.Arguments.FirstOrDefault(a => a.Name?.Text == TypeArgument)?.Value;

    /// <summary>The hyperparameters that the call gives whatever the object has.</summary>
    public ImmutableArray<ArgumentSyntax> Settings => [.. Call.Arguments.Where(a => a.Name is { Text: not TypeArgument })];

    public bool Gives(string hyperparameter) => Settings.Any(s => s.Name!.Text == hyperparameter);

    /// <summary>The sections of all blocks that the call names, in its order.</summary>
    public ImmutableArray<BlockConfig> Candidates(SourceModule module) =>
        [.. Positional.Skip(1).OfType<NameSyntax>().Select(n => module.Find(n.Text)).OfType<Declaration>().SelectMany(d => BlockConfig.Of(d))];

    /// <summary>Reports what the call names and nothing can be read as.</summary>
    public void Check(CompileContext context, SourceModule module)
    {
        if (Positional.Count() < 2)
            context.Report(ImportErrors.NothingToRead(Call.Span));
        foreach (var block in Positional.Skip(1))
            if (block is NameSyntax { Text.Length: > 0 } name && module.Find(name.Text) is null)
            {
                if (module.IsComplete)
                    context.Report(NameErrors.UnknownName(name.Text, name.Span, module.VisibleNames, Std.StandardLibrary.FileOf(name.Text)));
            }
            else if (block is not NameSyntax known || BlockConfig.Of(module.Find(known.Text)!).IsEmpty)
                context.Report(ImportErrors.NoConfigSection(block.Span.Text, block.Span));
        var blocks = Candidates(module).Select(c => c.Block).Distinct().ToList();
        if (blocks.Count > 0)
            foreach (var setting in Settings.Where(s => blocks.All(b => b.Hyperparameters.All(h => h.Name.Text != s.Name!.Text))))
                context.Report(HyperparameterErrors.UnknownArgument(blocks[0].Name.Text, setting.Name!, [.. blocks[0].Hyperparameters.Select(h => h.Name.Text)], blocks[0].Name.Span));
    }
}

/// <summary>One <c>config</c> section of a block.</summary>
internal sealed record BlockConfig(Declaration Declaration, SectionSyntax Section)
{
    public BlockSyntax Block => (BlockSyntax)Declaration.Syntax;

    public static ImmutableArray<BlockConfig> Of(Declaration declaration) => declaration.Syntax is BlockSyntax block
        ? [.. block.Items.OfType<SectionSyntax>().Where(s => s.Kind.Text == ConfigReader.Kind).Select(s => new BlockConfig(declaration, s))] : [];

    /// <summary>
    /// The section for a <c>model_type</c>: the one with this label, else the first without a label. Without a type, the first block's: the one without a label,
    /// else its first. Null where there is none.
    /// </summary>
    public static BlockConfig? Choose(ImmutableArray<BlockConfig> candidates, string? type)
    {
        var fitting = type is null ? candidates.Where(c => c.Block == candidates[0].Block).ToImmutableArray() : candidates;
        return fitting.FirstOrDefault(c => c.Section.Label?.Value == type) ?? fitting.FirstOrDefault(c => c.Section.Label is null) ?? (type is null ? fitting.FirstOrDefault() : null);
    }
}
