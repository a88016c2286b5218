using System.Collections.Immutable;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

internal sealed partial class AstBuilder
{
    private ImmutableArray<ItemSyntax> Items(BodyContext? body) => body is null ? [] : Each(body.item(), Item);

    private ItemSyntax? Item(ItemContext context) => context switch
    {
        // Without its sign a line is no more than a name.
        MemberItemContext member when Sign(member.ASSIGN(), member.COLON()) is not null => Member(member),
        RequireItemContext require =>
            new RequireSyntax(Expression(require.expression(), require), StringOrNull(require.STRING()), SpanOf(require)),
        IfItemContext { } conditional => conditional.conditionalItems() is { } items ? If(items) : null,
        FunctionItemContext { } function => function.functionDeclaration() is { } declaration
            ? new FunctionItemSyntax(Function(declaration), SpanOf(declaration))
            : null,
        InjectItemContext inject => Inject(inject),
        AdaptItemContext adapt => new AdaptSyntax(Selector(adapt.selector(), adapt), Expression(adapt.expression(), adapt), SpanOf(adapt)),
        StageItemContext stage => Stage(stage),
        TaskItemContext task => Task(task),
        VariantItemContext variant => Variant(variant),
        OutputItemContext output => Output(output),
        SectionItemContext section => Section(section),
        ComponentItemContext component => Component(component),
        _ => null,
    };

    private MemberSyntax Member(MemberItemContext context)
    {
        RequireSign(Sign(context.ASSIGN(), context.COLON()), ASSIGN, "=", "members");
        return new MemberSyntax(NameOf(context.name(), context), Expression(context.expression(), context), At(context.at()), SpanOf(context));
    }

    private IfItemSyntax If(ConditionalItemsContext context)
    {
        var bodies = context.body();
        ImmutableArray<ItemSyntax> otherwise = context.conditionalItems() is { } next ? [If(next)] : bodies.Length > 1 ? Items(bodies[1]) : [];
        return new IfItemSyntax(Expression(context.ifHeader()?.expression(), context), Items(bodies.FirstOrDefault()), otherwise, SpanOf(context));
    }

    private StringText? At(AtContext? context)
    {
        if (context?.selector() is { exception: null } selector && selector.GetText().Length > 0)
        {
            Report(SyntaxErrors.QuotesMissing(SpanOf(selector), "the path after `at`"));
            return new StringText(selector.GetText(), SpanOf(selector));
        }
        return StringOrNull(context?.STRING());
    }

    /// <summary>Null where neither form can be told.</summary>
    private InjectSyntax? Inject(InjectItemContext context)
    {
        var form = context.injection();
        var where = form?.BEFORE() ?? form?.AFTER();
        var isPrefix = form?.PREFIX() is not null;
        if (form is null || where is null && !isPrefix && form.ID() is null)
            return null;
        return new InjectSyntax(
            Expression(context.expression(), context),
            Selector(context.selector(), context),
            Prefix: isPrefix,
            Replacing: StringOrNull(form.STRING()),
            Where: where is null ? null : WordAt(where),
            Block: where is null ? null : Expression(form.expression(), form),
            Attending: where is not null && form.name() is { } rule ? NameOf(rule, form) : null,
            Operand: where is null && !isPrefix ? WordAt(form.ID()) : null,
            SpanOf(context));
    }

    private Name WordAt(ITerminalNode node) => new(node.GetText(), SpanOf(node));

    private VariantSyntax Variant(VariantItemContext context)
    {
        RequireSign(Sign(context.ASSIGN(), context.COLON()), ASSIGN, "=", "variants");
        var name = StringOrNull(context.STRING()) is { } text ? new Name(text.Value, text.Span) : NameOf(context.name(), context);
        return new VariantSyntax(name, Expression(context.expression(), context), SpanOf(context));
    }

    private OutputSyntax Output(OutputItemContext context)
    {
        RequireSign(Sign(context.ASSIGN(), context.COLON()), ASSIGN, "=", "outputs");
        var name = StringOrNull(context.STRING());
        if (name is null && context.name() is { exception: null } word)
        {
            Report(SyntaxErrors.QuotesMissing(SpanOf(word), "the name of an output"));
            name = new StringText(word.GetText(), SpanOf(word));
        }
        return new OutputSyntax(name ?? new StringText("", EndOf(context)), Expression(context.expression(), context), SpanOf(context));
    }

    /// <summary>An unknown role is reported; as it is not known what was meant, the item is then read as a plain member.</summary>
    private ItemSyntax Component(ComponentItemContext context)
    {
        var name = NameOf(context.name(), context);
        var value = Expression(context.expression(), context);
        if (context.itemWord() is { exception: null } role && ItemWords.Roles.Contains(role.GetText()))
            return new ComponentSyntax(role.GetText(), name, value, At(context.at()), SpanOf(context));
        ReportUnknownWord(context.itemWord(), ItemWords.NoItem, ItemWords.Items);
        return new MemberSyntax(name, value, At(context.at()), SpanOf(context));
    }

    private SectionSyntax Section(SectionItemContext context)
    {
        var kind = context.itemWord() is { exception: null } word ? new Name(word.GetText(), SpanOf(word)) : new Name("", EndOf(context));
        if (!ItemWords.Sections.Contains(kind.Text))
        {
            ReportUnknownWord(context.itemWord(), ItemWords.NoItem, ItemWords.Items);
            if (context.settings() is { } settings)
                tokens.Doubtful.Add(SpanOf(settings));
        }
        var label = StringOrNull(context.STRING())
            ?? (context.name() is { exception: null } name ? new StringText(name.GetText(), SpanOf(name)) : null);
        return new SectionSyntax(kind, label, Settings(context.settings()), Requirements(context.settings()), SpanOf(context));
    }

    private void ReportUnknownWord(ParserRuleContext? word, string place, ImmutableArray<string> accepted)
    {
        if (word is not { exception: null })
            return;
        var index = word.Start.TokenIndex;
        if (!tokens.BeginsPart(index))
            Report(SyntaxErrors.UnexpectedToken(SpanOf(word), $"the name `{word.GetText()}`", "an operator or a new line"));
        else if (tokens.BeginsLine(index + 1))
            Report(SyntaxErrors.UnexpectedToken(tokens.After(word.Stop), "the end of the line", "`=`"));
        else
            Report(SyntaxErrors.UnknownWord(SpanOf(word), place, NearName.Find(word.GetText(), accepted), accepted));
    }
}
