using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

internal sealed partial class NameChecker
{
    /// <summary>The items of one block or model.</summary>
    /// <param name="body">All its items, in which a name may be defined later.</param>
    /// <param name="all">Everything that is defined in it, on whatever condition: what its functions, selectors and pipelines see.</param>
    private sealed class BodyWalk(NameChecker checker, ImmutableArray<HyperparameterSyntax> hyperparameters, ImmutableArray<ItemSyntax> body, HashSet<string> all, bool isModel)
    {
        private Elsewhere? Parameter(string name) => hyperparameters.FirstOrDefault(h => h.Name.Text == name) is { } found ? new(found.Name, Reach.Model) : null;

        private HashSet<string> OverBatch { get; } = [.. all, .. BatchTerms.Names];

        private Elsewhere? Find(string name) => Definitions.Find(body, name) is { } definition ? new(definition, Reach.Body) : null;

        /// <param name="names">What is defined so far; grows.</param>
        /// <param name="defined">The same by place, for repetitions: the branches of an <c>if</c> may define one name each.</param>
        public void Items(ImmutableArray<ItemSyntax> items, HashSet<string> names, Dictionary<string, Name> defined, bool isNested)
        {
            foreach (var item in items)
            {
                if (MisplacedAs(item, isNested) is var (what, span))
                    checker.Report(NameErrors.Misplaced(what, isNested ? "an `if`" : isModel ? "a model" : "a block", span));
                else
                    Item(item, names, defined);
            }
        }

        private void Item(ItemSyntax item, HashSet<string> names, Dictionary<string, Name> defined)
        {
            switch (item)
            {
                case MemberSyntax m:
                    Member(m.Name, m.Value, names, defined);
                    break;
                case ComponentSyntax { Role: "batch" or "objective" } c:
                    checker.Expression(c.Value, OverBatch);
                    checker.Define(c.Name, defined);
                    names.Add(c.Name.Text);
                    break;
                case ComponentSyntax c:
                    Member(c.Name, c.Value, names, defined);
                    break;
                case AdaptSyntax a:
                    Selector(a.Target);
                    checker.Expression(a.Block, all);
                    break;
                case TaskSyntax t:
                    checker.Define(t.Name, defined, "task ");
                    foreach (var argument in t.Arguments)
                        checker.Expression(argument.Value, [], elsewhere: Parameter);
                    foreach (var entry in t.Entries)
                        checker.Expression(entry.Value, OverBatch);
                    break;
                case RequireSyntax r:
                    checker.Expression(r.Condition, names, Find);
                    break;
                case IfItemSyntax i:
                    checker.Expression(i.Condition, names, Find);
                    var otherwise = new Dictionary<string, Name>(defined, StringComparer.Ordinal);
                    foreach (var config in i.Then.Concat(i.Else).OfType<SectionSyntax>().Where(s => !isModel && s.Kind.Text == ConfigReader.Kind))
                        checker.Report(NameErrors.Misplaced($"a section `{config.Kind}`", "an `if`", config.Kind.Span));
                    Items(i.Then, names, defined, isNested: isModel);
                    Items(i.Else, names, otherwise, isNested: isModel);
                    foreach (var (name, place) in otherwise)
                        defined.TryAdd(name, place);
                    break;
                case FunctionItemSyntax f:
                    checker.Define(f.Function.Name, defined);
                    checker.Function(f.Function, all);
                    break;
                case InjectSyntax i:
                    checker.Expression(i.Pipeline, all);
                    Selector(i.Target);
                    if (i.Block is not null)
                        checker.Expression(i.Block, all);
                    break;
                case StageSyntax s:
                    checker.Define(s.Name, defined, "stage ");
                    foreach (var selector in s.Entries.OfType<TrainSyntax>().SelectMany(t => t.Selectors))
                        Selector(selector);
                    foreach (var setting in s.Entries.OfType<StageSettingSyntax>())
                        if (setting.Key.Text is StageSettings.OptimizerKey or StageSettings.ScheduleKey)
                            Method(setting.Value);
                        else
                            checker.Expression(setting.Value, setting.Key.Text is StageReader.ObjectiveKey or StageReader.PushKey ? OverBatch : all);
                    break;
                case VariantSyntax v:
                    checker.Define(v.Name, defined, "variant ");
                    if (v.Value is CallSyntax call)
                        foreach (var argument in call.Arguments)
                            checker.Expression(argument.Value, [], elsewhere: Parameter);
                    break;
                case OutputSyntax o:
                    checker.Define(new Name(o.Name.Value, o.Name.Span), defined, "output ");
                    checker.Expression(o.Value, OverBatch);
                    break;
                case SectionSyntax s:
                    if (s is { Kind.Text: SectionReader.TextKind, Label: { } text })
                    {
                        checker.Define(new Name(text.Value, text.Span), defined);
                        names.Add(text.Value);
                    }
                    if (!isModel)
                        OfBlock(s, defined);
                    Settings(s.Settings, s.Kind.Text);
                    Requirements(s.Requirements, s.Kind.Text, isNested: false);
                    break;
            }
        }

        private void Member(Name name, ExpressionSyntax value, HashSet<string> names, Dictionary<string, Name> defined)
        {
            checker.Expression(value, names, Find);
            checker.Define(name, defined);
            names.Add(name.Text);
        }

        /// <summary>A block's section stands once for each name; its names of weights are those of members.</summary>
        private void OfBlock(SectionSyntax section, Dictionary<string, Name> defined)
        {
            checker.Define(section.Label is { } label ? new Name($"{section.Kind} \"{label.Value}\"", section.Kind.Span) : section.Kind, defined, "section ");
            foreach (var key in section.Settings.Select(s => s.Key).Where(k => section.Kind.Text == CheckpointReader.Kind && k.Text is not (CheckpointReader.Ignore or "")))
                if (key.Text.Split('.')[0] is var first && Definitions.Find(body, first) is null)
                    checker.Report(NameErrors.UnknownName(first, MemberKeys.PartSpan(key, 0), [.. Definitions.Of(body).Select(n => n.Text), CheckpointReader.Ignore]));
        }

        private void Selector(SelectorSyntax selector)
        {
            if (selector.Root.Text.Length > 0 && !all.Contains(selector.Root.Text))
                checker.Report(NameErrors.UnknownName(selector.Root.Text, selector.Root.Span, all.Order(StringComparer.Ordinal)));
            foreach (var step in selector.Steps)
                foreach (var expression in step switch
                {
                    EveryStepSyntax { From: { } from } every => [every.Period, from],
                    EveryStepSyntax every => [every.Period],
                    IndexStepSyntax index => index.Indices,
                    _ => ImmutableArray<ExpressionSyntax>.Empty,
                })
                    checker.Expression(expression, all);
        }

        /// <summary>The name of an optimizer or a schedule is none of the file's; its settings and what decides between two are expressions.</summary>
        private void Method(ExpressionSyntax method)
        {
            if (method is ConditionalSyntax choice)
            {
                checker.Expression(choice.Condition, all);
                Method(choice.Then);
                Method(choice.Else);
            }
            else if (method is CallSyntax call)
                foreach (var argument in call.Arguments)
                    checker.Expression(argument.Value, all);
        }

        /// <summary>The words of an `image` section are no names, and a configuration's names are those of another file.</summary>
        private void Settings(ImmutableArray<SettingSyntax> settings, string kind)
        {
            var defined = new Dictionary<string, Name>(StringComparer.Ordinal);
            foreach (var setting in settings)
            {
                checker.Define(setting.Key, defined);
                if (setting.Value is MapSettingSyntax map)
                {
                    Settings(map.Settings, kind);
                    Requirements(map.Requirements, kind, isNested: true);
                }
                else if (setting.Value is ExpressionSettingSyntax { Expression: var expression } && kind is not (ConfigReader.Kind or SectionReader.ImageKind))
                    checker.Expression(expression, all);
            }
        }

        /// <summary>Only a configuration's section requires something: of another file. What a model requires stands in the model.</summary>
        private void Requirements(ImmutableArray<RequireSyntax> requirements, string kind, bool isNested)
        {
            if (isNested || kind != ConfigReader.Kind)
                foreach (var requirement in requirements)
                    checker.Report(NameErrors.Misplaced("a `require`", isNested ? "a group of settings" : $"a section `{kind}`", requirement.Span));
        }

        /// <summary>What an item is called that must not stand here, or null.</summary>
        private (string What, Span Span)? MisplacedAs(ItemSyntax item, bool isNested) => item switch
        {
            VariantSyntax v when isNested || !isModel => ("a variant", v.Name.Span),
            TaskSyntax t when !isModel => ("a `task`", t.Name.Span),
            ComponentSyntax c when !isModel => ($"{("aeiou".Contains(c.Role[0]) ? "an" : "a")} `{c.Role}`", c.Name.Span),
            AdaptSyntax a when !isModel => ("an `adapt`", a.Target.Span),
            InjectSyntax i when !isModel => ("an `inject`", i.Target.Span),
            StageSyntax s when !isModel => ("a `stage`", s.Name.Span),
            OutputSyntax o when !isModel => ("an `output`", o.Name.Span),
            SectionSyntax s when !isModel && s.Kind.Text is not (ConfigReader.Kind or CheckpointReader.Kind) => ($"a section `{s.Kind}`", s.Kind.Span),
            _ => null,
        };
    }
}
