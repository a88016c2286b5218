using System.Collections.Immutable;
using Antlr4.Runtime;
using Antlr4.Runtime.Tree;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using static Mllm.Compiler.Syntax.Generated.MllmParser;

namespace Mllm.Compiler.Syntax;

internal sealed partial class AstBuilder
{
    private StageSyntax Stage(StageItemContext context) =>
        new(NameOf(context.name(), context), Each(context.stageEntry(), StageEntry), SpanOf(context));

    private StageEntrySyntax? StageEntry(StageEntryContext context)
    {
        switch (context)
        {
            case TrainEntryContext train:
                RequireSign(Sign(train.ASSIGN(), train.COLON()), 0, "", "the lines of a stage");
                return new TrainSyntax(Each(train.selector(), selector => Selector(selector, train)), SpanOf(train));
            case SettingEntryContext setting when setting.itemWord() is { exception: null } word:
                if (ItemWords.StageSettings.Contains(word.GetText()))
                    RequireSign(Sign(setting.ASSIGN(), setting.COLON()), 0, "", "the lines of a stage");
                else
                    ReportUnknownWord(word, ItemWords.NoStageLine, ItemWords.StageEntries);
                return new StageSettingSyntax(new Name(word.GetText(), SpanOf(word)), Expression(setting.expression(), setting), SpanOf(setting));
            default:
                return null;
        }
    }

    private TaskSyntax Task(TaskItemContext context)
    {
        var arguments = context.taskArguments() is { } list ? Each(Separated<ArgumentContext>(list, "arguments"), Argument) : [];
        return new TaskSyntax(NameOf(context.name(), context), arguments, Each(context.taskEntry(), TaskEntry), Doc(context), SpanOf(context));
    }

    private StageSettingSyntax? TaskEntry(TaskEntryContext entry)
    {
        if (entry.itemWord() is not { exception: null } word)
            return null;
        if (ItemWords.TaskEntries.Contains(word.GetText()))
            RequireSign(Sign(entry.ASSIGN(), entry.COLON()), 0, "", "the lines of a task");
        else
            ReportUnknownWord(word, ItemWords.NoTaskLine, ItemWords.TaskEntries);
        return new StageSettingSyntax(new Name(word.GetText(), SpanOf(word)), Expression(entry.expression(), entry), SpanOf(entry));
    }

    private ImmutableArray<SettingSyntax> Settings(SettingsContext? context) => context is null ? [] : Each(context.setting(), Setting);

    private ImmutableArray<RequireSyntax> Requirements(SettingsContext? context) => context is null ? [] : Each(context.requirement(), Requirement);

    private RequireSyntax Requirement(RequirementContext context) =>
        new(Expression(context.expression(), context), StringOrNull(context.STRING()), SpanOf(context));

    private SettingSyntax? Setting(SettingContext context)
    {
        if (context.settingKey() is not { exception: null } key)
            return null;
        RequireSign(Sign(context.ASSIGN(), context.COLON()), COLON, ":", "settings");
        SettingValueSyntax value = context.settings() is { } map
            ? new MapSettingSyntax(Settings(map), Requirements(map), SpanOf(map))
            : new ExpressionSettingSyntax(Expression(context.expression(), context));
        return new SettingSyntax(Key(key), value, SpanOf(context));
    }

    private Name Key(SettingKeyContext context) => StringOrNull(context.STRING()) is { } text
        ? new Name(text.Value, text.Span)
        : new Name(context.GetText(), SpanOf(context));

    private SelectorSyntax Selector(SelectorContext? context, ParserRuleContext parent) => context is null
        ? new SelectorSyntax(new Name("", EndOf(parent)), [], EndOf(parent))
        : new SelectorSyntax(NameOf(context.name(), context), Each(context.selectorStep(), SelectorStep), SpanOf(context));

    private SelectorStepSyntax? SelectorStep(SelectorStepContext context) => context switch
    {
        MemberStepContext member => new MemberStepSyntax(WordOf(member.word(), member)),
        ChoiceStepContext choice => new ChoiceStepSyntax(Each(Separated<WordContext>(choice, "names"), word => WordOf(word, choice)), SpanOf(choice)),
        AllStepContext => new AllStepSyntax(SpanOf(context)),
        EveryStepContext every => new EveryStepSyntax(Operand(every.expression(), 0, every),
            every.FROM() is null ? null : Operand(every.expression(), 1, every), SpanOf(every)),
        IndexStepContext list => IndexStep(list),
        _ => null,
    };

    private IndexStepSyntax IndexStep(IndexStepContext context)
    {
        var indices = Elements(context, "indices", openRanges: true);
        if (indices.IsEmpty)
            ReportEmpty(context, context.RBRACKET(), "`*`, `every`, an index or a range");
        return new IndexStepSyntax(indices, SpanOf(context));
    }
}
