using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Passes;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>One model setting from syntax to program: bind, lower, weave, run the passes.</summary>
internal sealed class ModelCompiler(CompileContext context, Lowerer lowerer)
{
    /// <summary>The program; its graph is empty where errors were found, which have been reported.</summary>
    public ModelProgram? Compile(ModelSyntax model, SourceModule module, ImmutableArray<ArgumentSyntax> arguments, Span call, CompileRequest request)
    {
        if (new ModelBinder(context, lowerer).Bind(model, module, arguments, new Scope(module, null), call) is not { } bound)
            return null;
        var lowering = new ModelLowering(context, lowerer, bound);
        lowering.Run();
        var sections = new SectionReader(context, lowerer, bound);
        sections.CheckKinds();
        ImmutableArray<Parameter> parameters = [.. Parameters(bound)];
        var prompt = sections.Prompt();
        var images = sections.Images();
        var stages = context.Bag.HasErrors ? [] : new StageReader(context, lowerer, bound, parameters).Read();
        var checkpoints = sections.Checkpoints();
        var tokenizer = sections.Tokenizer();
        CheckPlaceholders(lowering.Injections, prompt);
        CheckPictures(bound, images);
        if (context.Bag.HasErrors)
            return null;
        var graph = new Graph(model.Name.Text, [.. lowerer.Functions], lowering.Entries, parameters);
        var decoder = bound.Parts.FirstOrDefault(p => p.Role == Role.Decoder)?.Instance as BlockInstance;
        return new ModelProgram(model.Name.Text, request.Variant, model.Doc, Pipeline.Run(graph, request.Seen), [.. Components(bound)], lowering.Injections, lowering.Outputs, stages, images, tokenizer, prompt, checkpoints)
        {
            HasFrames = lowering.HasFrames,
            Context = Number(decoder, "context"),
            Vocab = Number(decoder, "vocab"),
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
        }
    }

    private static IEnumerable<Component> Components(BoundModel model)
    {
        foreach (var part in model.Parts)
        {
            yield return new Component(part.Role, part.Name, part.Instance.BlockName, Layers(part.Instance), part.Declared);
            if (model.Injected(part.Instance).FirstOrDefault() is { } woven)
                yield return new Component(Role.Injected, $"{part.Name}.injected", woven.Block.BlockName, [.. model.Injected(part.Instance).Select(w => w.Block.Path)], woven.Span);
        }
    }

    private static ImmutableArray<string> Layers(Instance instance) =>
        instance is BlockInstance block && block.Names.GetValueOrDefault("layers") is ListValue list ? [.. list.Elements.OfType<InstanceValue>().Select(i => i.Instance.Path)] : [];

    private void CheckPlaceholders(ImmutableArray<Injection> injections, PromptSettings? prompt)
    {
        foreach (var injection in injections)
            if (injection.Placeholder is { } placeholder && prompt is not null && !prompt.Template.Contains(placeholder, StringComparison.Ordinal))
                context.Report(WiringErrors.PlaceholderNotInPrompt(placeholder, injection.Declared, prompt.Declared));
    }

    private void CheckPictures(BoundModel model, ImmutableArray<ImageSettings> images)
    {
        foreach (var section in model.Sections.Where(s => s.Kind.Text == "image"))
        {
            var settings = images.FirstOrDefault(i => i.Encoder == section.Label?.Value);
            foreach (var encoder in model.Parts.Where(p => p.Role == Role.Encoder && (settings?.Encoder is null || settings.Encoder == p.Name)))
            {
                if (settings is null || encoder.Instance is not BlockInstance block || !block.Functions.ContainsKey("forward") || lowerer.Function(block, "forward", context) is not { } forward)
                    continue;
                if (forward.Inputs is [{ Type: { Rank: 3 } picture }] && (picture.Shape[1].Value is { } h && h != settings.Size || picture.Shape[2].Value is { } w && w != settings.Size))
                    context.Report(WiringErrors.PictureSize(settings.Size, encoder.Name, picture.ToString(), section.Kind.Span, block.Declared));
            }
        }
    }
}
