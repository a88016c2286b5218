using System.Collections.Immutable;
using Antlr4.Runtime;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

internal sealed partial class AstBuilder
{
    public FileSyntax File(FileContext context) => new(tokens.Source,
        Each(context.importDeclaration(), Import),
        Each((context.children ?? []).OfType<ParserRuleContext>(), Declaration));

    private ImportSyntax? Import(ImportDeclarationContext context) =>
        StringOrNull(context.STRING()) is { } path ? new ImportSyntax(path, SpanOf(context)) : null;

    private DeclarationSyntax? Declaration(ParserRuleContext context) => context switch
    {
        BlockDeclarationContext block => Block(block),
        ModelDeclarationContext model => Model(model),
        FunctionDeclarationContext function => Function(function),
        _ => null,
    };

    private BlockSyntax Block(BlockDeclarationContext context)
    {
        var header = context.blockHeader();
        return new BlockSyntax(NameOf(header?.name(), context), Hyperparameters(header?.hyperparameters()), Items(context.body()),
            Doc(context), SpanOf(context));
    }

    private ModelSyntax Model(ModelDeclarationContext context)
    {
        var header = context.modelHeader();
        return new ModelSyntax(NameOf(header?.name(), context), Hyperparameters(header?.hyperparameters()), Items(context.body()),
            Doc(context), SpanOf(context));
    }

    private FunctionSyntax Function(FunctionDeclarationContext context)
    {
        var header = context.functionHeader();
        return new FunctionSyntax(NameOf(header?.name(), context), Parameters(header?.parameters()), Results(header?.result()),
            Statements(context.statements()), Doc(context), SpanOf(context));
    }

    private string? Doc(ParserRuleContext context) => tokens.Docs.GetValueOrDefault(context.Start);

    private ImmutableArray<HyperparameterSyntax> Hyperparameters(HyperparametersContext? context) =>
        context is null ? [] : Each(Separated<HyperparameterContext>(context, "hyperparameters"), Hyperparameter);

    private HyperparameterSyntax? Hyperparameter(HyperparameterContext context)
    {
        if (context.name() is not { exception: null } name)
            return null;
        ExpressionSyntax? value = context.ASSIGN() is null ? null : Expression(context.expression(), context);
        return new HyperparameterSyntax(NameOf(name, context), HyperType(context.hyperType(), context), value, SpanOf(context));
    }

    private HyperTypeSyntax HyperType(HyperTypeContext? context, ParserRuleContext parent)
    {
        if (context?.typeWord() is not { exception: null } word)
            return new HyperTypeSyntax("", false, false, EndOf(parent));
        var kind = word.GetText();
        if (!ItemWords.HyperTypes.Contains(kind))
            Report(SyntaxErrors.UnknownType(SpanOf(word), kind, "a hyperparameter", ItemWords.HyperTypes,
                NearName.Find(kind, ItemWords.HyperTypes)));
        return new HyperTypeSyntax(kind, context.RBRACKET() is not null, context.QUESTION() is not null, SpanOf(context));
    }

    private ImmutableArray<ParameterSyntax> Parameters(ParametersContext? context) =>
        context is null ? [] : Each(Separated<ParameterContext>(context, "parameters"), Parameter);

    private ParameterSyntax? Parameter(ParameterContext context) => context.name() is { exception: null } name
        ? new ParameterSyntax(NameOf(name, context), TensorType(context.tensorType(), context), SpanOf(context))
        : null;

    private ImmutableArray<TensorTypeSyntax> Results(ResultContext? context) => context is null
        ? []
        : Each(Separated<TensorTypeContext>(context, "types"), type => TensorType(type, context));

    private TensorTypeSyntax TensorType(TensorTypeContext? context, ParserRuleContext parent)
    {
        if (context is null)
            return new TensorTypeSyntax("", [], EndOf(parent));
        var kind = context.name() is { exception: null } name ? name.GetText() : "";
        if (kind.Length > 0 && context.exception is null && !ItemWords.TensorKinds.Contains(kind))
            Report(SyntaxErrors.UnknownType(SpanOf(context.name()), kind, "a tensor",
                [.. ItemWords.TensorKinds.Select(k => k + "[...]"), "[...]"], NearName.Find(kind, ItemWords.TensorKinds)));
        return new TensorTypeSyntax(kind, Elements(context, "sizes"), SpanOf(context));
    }
}
