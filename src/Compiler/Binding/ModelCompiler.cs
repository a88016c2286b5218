using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>One model setting from syntax to program: bind, lower, weave.</summary>
internal sealed class ModelCompiler(CompileContext context, Lowerer lowerer)
{
    /// <summary>Finds all that is wrong with a setting; the program before its passes, or null where errors were found.</summary>
    /// <param name="call">The variant's call, or the model's name.</param>
    public ModelProgram? Lower(ModelSyntax model, SourceModule module, ImmutableArray<ArgumentSyntax> arguments, Span call, string? variant)
    {
        try
        {
            return Lower(new ModelBinder(context, lowerer).Bind(model, module, arguments, new Scope(module, null), call), variant);
        }
        catch (OverflowException)
        {
            // Sizes that are computed between expressions, such as those of a lifted call.
            context.Report(HyperparameterErrors.Overflow(model.Name.Span));
            return null;
        }
    }

    private ModelProgram? Lower(BoundModel bound, string? variant)
    {
        // A model whose own requirements fail is not what was meant: nothing more is said about it.
        if (bound.Root.IsBroken)
            return null;
        var model = bound.Syntax;
        var lowering = new ModelLowering(context, lowerer, bound);
        lowering.Run();
        var tasks = new TaskReader(context, lowerer, bound).Read(lowering);
        var stageReader = new StageReader(context, lowerer, bound);
        var stages = stageReader.Read(lowering);
        // What calls a member is known once all entries are there.
        new AdapterPlacement(context, lowerer, bound).Run(lowering.Entries);
        ImmutableArray<Parameter> parameters = [.. Parameters(bound)];
        ParameterCollector.CheckPaths(context, parameters);
        var sections = new SectionReader(context, lowerer, bound);
        sections.Check();
        var tokenizer = sections.Tokenizer();
        var prompt = sections.Prompt(tokenizer);
        var texts = sections.Texts();
        var images = sections.Images();
        stages = new StagePrompts(context, lowerer, bound).Read(stageReader.Train(stages, parameters), prompt, tokenizer);
        lowering.ReportUnused();
        var checkpoints = new CheckpointReader(context, lowerer, bound).Read();
        CheckPlaceholders(bound, [prompt, .. stages.Select(s => s.Prompt)]);
        if (context.HasErrors)
            return null;
        var decoder = bound.Parts.FirstOrDefault(p => p.Role == Role.Decoder)?.Instance as BlockInstance;
        var entries = new AdapterWeaving(lowerer, bound.Adapted).Weave(lowering.Entries);
        var graph = new Graph(model.Name.Text, [.. lowerer.Functions], entries, parameters);
        new StageGradients(context, bound, graph).Check(stages);
        return new ModelProgram(model.Name.Text, variant, model.Doc, graph, [.. Components(bound)], lowering.Injections, lowering.Outputs, stages, images, tokenizer, prompt, checkpoints)
        {
            HasFrames = lowering.HasFrames,
            Adapters = new AdapterGraphs(lowerer).Of(bound.Adapted),
            Context = Number(decoder, "context"),
            Vocab = decoder is null ? bound.Parts.Select(p => Number(p.Instance as BlockInstance, "vocab")).FirstOrDefault(v => v is not null) : Number(decoder, "vocab"),
            Texts = texts,
            Tasks = tasks,
            Objectives = lowering.Objectives,
            Settings = [.. model.Hyperparameters.Select(h => KeyValuePair.Create(h.Name.Text, Shown(bound.Root.Names[h.Name.Text])))],
        };
    }

    private static string Shown(BoundValue value) => value switch
    {
        ConstantValue c => c.Constant.ToString()!,
        InstanceValue { Instance.Template: var t } => t.Name,
        Template t => t.Name,
        _ => value.Describe,
    };

    private static long? Number(BlockInstance? block, string name) =>
        block?.Names.GetValueOrDefault(name) is ConstantValue { Constant: IntConstant { Size.Value: { } value } } ? value : null;

    private static IEnumerable<Parameter> Parameters(BoundModel model)
    {
        foreach (var part in model.Parts)
        {
            foreach (var parameter in ParameterCollector.Collect(part.Instance, part.Name))
                yield return parameter;
            foreach (var woven in model.Injected(part.Instance))
                foreach (var parameter in ParameterCollector.Collect(woven.Block, $"{part.Name}.injected"))
                    yield return parameter;
            foreach (var adapted in model.AdaptedIn(part.Instance))
                foreach (var parameter in ParameterCollector.Collect(adapted.Block, $"{part.Name}.adapted"))
                    yield return parameter;
        }
    }

    private static IEnumerable<Component> Components(BoundModel model)
    {
        foreach (var part in model.Parts)
        {
            yield return new Component(part.Role, part.Name, part.Instance.BlockName, Layers(part.Instance), part.Declared) { TwinOf = part.TwinOf?.Name };
            if (model.Injected(part.Instance).FirstOrDefault() is { } woven)
                yield return new Component(Role.Injected, $"{part.Name}.injected", woven.Block.BlockName, [.. model.Injected(part.Instance).Select(w => w.Block.Path)], woven.Span);
            if (model.AdaptedIn(part.Instance).FirstOrDefault() is { } adapted)
                yield return new Component(Role.Adapted, $"{part.Name}.adapted", adapted.Block.BlockName, [], adapted.Span);
        }
    }

    private static ImmutableArray<string> Layers(Instance instance) =>
        instance is BlockInstance block && block.Names.GetValueOrDefault("layers") is ListValue list ? [.. list.Elements.OfType<InstanceValue>().Select(i => i.Instance.Path)] : [];

    /// <param name="prompts">The model's, and those of stages; a place is said once.</param>
    private void CheckPlaceholders(BoundModel model, IEnumerable<PromptSettings?> prompts)
    {
        foreach (var placeholder in model.Injections.Select(i => i.Replacing).OfType<StringText>())
            foreach (var prompt in prompts.OfType<PromptSettings>().DistinctBy(p => p.Declared))
                if (!prompt.Template.Contains(placeholder.Value, StringComparison.Ordinal))
                    context.Report(WiringErrors.PlaceholderNotInPrompt(placeholder.Value, placeholder.Span, prompt.Declared));
    }
}
