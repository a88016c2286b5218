using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Std;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

internal sealed partial class Evaluator
{
    private BoundValue FindName(NameSyntax name, Scope scope)
    {
        if (scope.FindLocal(name.Text) is { } local)
            return local;
        if (scope.Owner is { } owner && owner.Functions.ContainsKey(name.Text))
            return new MethodValue(owner, name.Text);
        if (scope.Module.Find(name.Text) is { } declaration)
            return new DeclarationValue(declaration);
        if (Terms is not null && BatchTerms.Names.Contains(name.Text))
            return new TermValue(name.Text);
        if (OpRegistry.Find(name.Text) is not null || Builtins.Names.Contains(name.Text))
            return new BuiltinValue(name.Text);
        if (scope.IsOpen)
            return ConstantValue.None;
        if (name.Text.Length > 0 && scope.Module.IsComplete)
            context.Report(Unknown(name, scope));
        return ErrorValue.Instance;
    }

    private Diagnostic Unknown(NameSyntax name, Scope scope) =>
        scope.Owner is not { } owner || Definitions.Find(owner.Block.Items, name.Text) is not { } definition
            ? BatchTerms.Names.Contains(name.Text) ? WiringErrors.BatchInSample($"`{name.Text}`", name.Span) : NameErrors.UnknownName(name.Text, name.Span, [.. scope.LocalNames(), .. scope.Module.VisibleNames, .. Primitives], StandardLibrary.FileOf(name.Text))
            : body is null && definition.Span.Start > name.Span.Start ? NameErrors.UsedBeforeDefined(name.Text, name.Span, definition.Span)
            : NameErrors.LeftOut(name.Text, name.Span, definition.Span);

    /// <summary>The names that every file sees.</summary>
    public static ImmutableArray<string> Primitives { get; } = [.. OpRegistry.All.Keys.Order(StringComparer.Ordinal), .. Builtins.Names];

    private BoundValue Member(BoundValue target, Name name, Scope scope)
    {
        switch (target)
        {
            case InstanceValue { Instance: BlockInstance block }:
                if (block.Names.TryGetValue(name.Text, out var member))
                    return member;
                if (block.Functions.ContainsKey(name.Text))
                    return new MethodValue(block, name.Text);
                return block.IsBroken ? ErrorValue.Instance : Unknown(name, $"'{block.BlockName}'", [.. block.Names.Keys, .. block.Functions.Keys], block.Declared, block.Block);
            case InstanceValue { Instance: OpInstance op }:
                if (op.Op.Functions.Contains(name.Text))
                    return new MethodValue(op, name.Text);
                return op.Attributes.Find(name.Text) is { } attribute ? FromConstant(attribute)
                    : Unknown(name, $"'{op.BlockName}'", [.. op.Op.Functions, .. op.Attributes.Entries.Select(a => a.Key)], op.Declared);
            case BlockTemplate template:
                return template.Find(name.Text) ?? Unknown(name, $"'{template.Name}' without a place in the model", template.Hyperparameters.Select(h => h.Key), null);
            case OpTemplate template:
                return template.Attributes.Find(name.Text) is { } setting ? FromConstant(setting)
                    : Unknown(name, $"'{template.Name}' without a place in the model", template.Attributes.Entries.Select(h => h.Key), null);
            case RecordValue record:
                return record.Fields.GetValueOrDefault(name.Text, ConstantValue.None);
            // A configuration's key that is missing may have the name of a block.
            case ConstantValue { Constant: NoneConstant } or DeclarationValue when scope.IsOpen:
                return ConstantValue.None;
            case ErrorValue:
                return target;
            default:
                return Unknown(name, target.Describe, [], null);
        }
    }

    private ErrorValue Unknown(Name name, string owner, IEnumerable<string> members, Span? made, BlockSyntax? block = null)
    {
        if (name.Text.Length > 0)
            context.Report(block is not null && Definitions.Find(block.Items, name.Text) is { } definition ? NameErrors.LeftOut(name.Text, name.Span, definition.Span)
                : NameErrors.UnknownMember(owner, name, members, made));
        return ErrorValue.Instance;
    }
}
