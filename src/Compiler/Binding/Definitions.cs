using System.Collections.Immutable;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>What the items of a block or model define, whether or not a condition around them holds.</summary>
internal static class Definitions
{
    /// <summary>All defined names in order: members, parts and functions.</summary>
    public static IEnumerable<Name> Of(ImmutableArray<ItemSyntax> items) => items.SelectMany(item => item switch
    {
        MemberSyntax m => [m.Name],
        ComponentSyntax c => [c.Name],
        FunctionItemSyntax f => [f.Function.Name],
        SectionSyntax { Kind.Text: SectionReader.TextKind, Label: { } label } => [new Name(label.Value, label.Span)],
        IfItemSyntax i => Of(i.Then).Concat(Of(i.Else)),
        _ => Enumerable.Empty<Name>(),
    });

    public static Name? Find(ImmutableArray<ItemSyntax> items, string name) => Of(items).FirstOrDefault(n => n.Text == name);
}
