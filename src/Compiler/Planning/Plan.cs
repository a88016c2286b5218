using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Planning;

/// <summary>What a model needs: a pure view of its graph that allocates nothing. Operations and elements are polynomials in the sizes that the input decides.</summary>
public sealed record Plan
{
    private readonly Graph _graph;
    private readonly ActivationPeak _peak;

    private Plan(Graph graph) => (_graph, _peak) = (graph, new ActivationPeak(graph));

    public required string Model { get; init; }

    public required string? Variant { get; init; }

    public required Quantity Parameters { get; init; }

    /// <summary>The parameters of each part of the model that has some.</summary>
    public required ImmutableArray<ComponentPlan> Components { get; init; }

    public required ImmutableArray<StagePlan> Stages { get; init; }

    public required ImmutableArray<PlanInjection> Injections { get; init; }

    /// <summary>The sizes that count the tokens of texts beside the prompt.</summary>
    public required ImmutableArray<string> Texts { get; init; }

    /// <summary>Elements of keys and values that one position of the decoder leaves in the cache.</summary>
    public required Dim CachedElements { get; init; }

    /// <summary>Elements that are kept of the images for the whole generation, in <c>images</c>; zero where nothing attends to them.</summary>
    public required Dim KeptElements { get; init; }

    /// <summary>Elements of what depends on parameters alone and is computed once for the model, besides the parameters.</summary>
    public required Dim ConstantElements { get; init; }

    /// <summary>Operations that encode one image, in <c>frames</c> where a picture has several; null without an encoder that feeds a decoder.</summary>
    public required Dim? Encode { get; init; }

    /// <summary>Operations on the encoded images that are done once for a prompt, in <c>images</c>; null where there are none.</summary>
    public required Dim? Media { get; init; }

    /// <summary>Operations on a prompt of <c>text</c> tokens besides the visual ones and <c>images</c> images, with the scores of its last position; null without a decoder.</summary>
    public required Dim? Prefill { get; init; }

    /// <summary>Operations for one more token when <c>past</c> positions are in the cache; null without a decoder.</summary>
    public required Dim? Decode { get; init; }

    /// <summary>The tasks that give a score for one image and its texts.</summary>
    public required ImmutableArray<ScorePlan> Scores { get; init; }

    /// <summary>The decoder's largest number of positions, or null.</summary>
    public required long? Context { get; init; }

    /// <summary>Positions of the decoder that one image takes.</summary>
    public Dim PositionsPerImage => Injections.Where(i => i.InSequence).Aggregate(Dim.Zero, (sum, i) => sum + i.TokensPerImage);

    public static Plan Of(ModelProgram program) => Of(program.Graph, PlanInputs.Of(program));

    /// <summary>Plans a verified graph with the entries <c>encode</c>, <c>media</c>, <c>prefill</c>, <c>step</c> and <c>head</c>, of which any may be missing.</summary>
    /// <exception cref="OverflowException">A count exceeds 64 bits.</exception>
    public static Plan Of(Graph graph, PlanInputs inputs)
    {
        var whole = new FunctionCosts(graph, decoding: false);
        var step = new FunctionCosts(graph, decoding: true);
        var perImage = inputs.Injections.Where(i => i.InSequence).Aggregate(Dim.Zero, (sum, i) => sum + i.TokensPerImage);
        var positions = Dim.Symbol("text") + perImage * Dim.Symbol("images");
        var decoder = graph.Entry("step") ?? graph.Entry("prefill");
        // The scores of one position, the last.
        var head = Operations(whole, "head") is { } all ? all.Substitute(all.Symbols.ToDictionary(s => s, _ => Dim.One)) : Dim.Zero;
        return new Plan(graph)
        {
            Model = graph.Name,
            Variant = inputs.Variant,
            Parameters = Quantity.Of(graph.Parameters),
            Components = Parts(graph.Parameters, inputs.Components),
            Stages = [.. inputs.Stages.Select(s => Stage(graph, s, inputs.Components))],
            Injections = inputs.Injections,
            Texts = inputs.Texts,
            CachedElements = decoder is null ? Dim.Zero : whole.CachedElements(decoder.Function),
            KeptElements = graph.Entry("media") is { } kept ? graph.Function(kept.Function).Results.Aggregate(Dim.Zero, (sum, r) => sum + r.Type.Count) : Dim.Zero,
            ConstantElements = graph.Entries.Where(e => e.Name is "encode" or "media" or "prefill" or "head").Aggregate(Dim.Zero, (sum, e) => sum + whole.ConstantElements(e.Function)),
            Encode = Operations(whole, "encode"),
            Media = Operations(whole, "media"),
            Prefill = Operations(whole, "prefill", positions) is { } prefill ? prefill + head : null,
            Decode = Operations(step, "step", 1) is { } decode ? decode + head : null,
            Scores = [.. inputs.Scores.Where(s => graph.Entry(s.Value) is not null).Select(s => new ScorePlan(s.Key, s.Value, Operations(whole, s.Value) ?? Dim.Zero))],
            Context = inputs.Context,
        };

        Dim? Operations(FunctionCosts costs, string entry, Dim? text = null) => graph.Entry(entry) is not { } e ? null
            : text is { } length ? costs.Operations(e.Function).Substitute(new Dictionary<string, Dim> { ["text"] = length }) : costs.Operations(e.Function);
    }

    /// <summary>The largest number of images beside so many text tokens; null when any number fits or the tokens of an image are not known.</summary>
    public long? LargestImageCount(long text) => Context is { } context && PositionsPerImage.Value is > 0 and { } each ? Math.Max(0, (context - text) / each) : null;

    /// <summary>The largest number of elements alive at once in an entry, for numbers of its symbolic sizes; null where the entry is missing. An estimate.</summary>
    /// <exception cref="KeyNotFoundException">A size of the entry is missing.</exception>
    public long? PeakElements(string entry, IReadOnlyDictionary<string, long> sizes) => _graph.Entry(entry) is { } e ? _peak.Elements(e.Function, sizes) : null;

    /// <summary>
    /// Elements that a run needs at its largest: weights, constants, the cache of the prompt and of so many new tokens, what is kept of the images, and
    /// the activations of encoding or prefill. Null where a size is not known or a count exceeds 64 bits.
    /// </summary>
    public long? RunElements(PlanPoint point, long newTokens, int beams = 1)
    {
        try
        {
            var sizes = point.Sizes(this);
            var activations = Math.Max(PeakElements("encode", sizes) ?? 0, PeakElements("prefill", new Dictionary<string, long>(sizes) { ["text"] = sizes["past"] }) ?? 0);
            return checked(Parameters.Count + (ConstantElements + (KeptElements + CachedElements * (sizes["past"] + newTokens)) * beams).Evaluate(sizes) + activations);
        }
        catch (Exception e) when (e is OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }

    /// <summary>
    /// Elements that one run of an entry needs at its largest, such as that of a score: weights, constants and activations, those once for each image. Null where the entry is
    /// missing, a size is not known or a count exceeds 64 bits.
    /// </summary>
    public long? EntryElements(string entry, PlanPoint point)
    {
        try
        {
            var sizes = point.Sizes(this);
            return _graph.Entry(entry) is not { } e || PeakElements(entry, sizes) is not { } activations ? null
                : checked(Parameters.Count + new FunctionCosts(_graph, decoding: false).ConstantElements(e.Function).Evaluate(sizes) + activations * Math.Max(1, point.Images));
        }
        catch (Exception e) when (e is OverflowException or KeyNotFoundException)
        {
            return null;
        }
    }

    private static ImmutableArray<ComponentPlan> Parts(IEnumerable<Parameter> parameters, ImmutableArray<PlanComponent> components)
    {
        var order = components.Select(c => c.Name).ToList();
        return [.. parameters.GroupBy(p => p.Component).OrderBy(g => order.IndexOf(g.Key) is >= 0 and var place ? place : order.Count)
            .Select(g => new ComponentPlan(g.Key, components.FirstOrDefault(c => c.Name == g.Key)?.Role ?? "", Quantity.Of(g)))];
    }

    private static StagePlan Stage(Graph graph, PlanStage stage, ImmutableArray<PlanComponent> components)
    {
        var trained = stage.Trained.ToHashSet();
        var parameters = graph.Parameters.Where(p => trained.Contains(p.Path)).ToList();
        return new StagePlan(stage.Name, Quantity.Of(parameters), Parts(parameters, components));
    }
}

/// <summary>A count of parameters, and the formula over the model's hyperparameters that gives it.</summary>
public sealed record Quantity(long Count, string Formula)
{
    internal static Quantity Of(IEnumerable<Parameter> parameters)
    {
        var all = parameters.ToList();
        return new(all.Aggregate(Dim.Zero, (sum, p) => sum + p.Count).Value ?? throw new InvalidOperationException("a parameter's size depends on the input"), CollectedSum.Formula(all));
    }
}

/// <summary>The parameters of one part of the model.</summary>
public sealed record ComponentPlan(string Name, string Role, Quantity Parameters);

/// <summary>What one stage of training changes, in total and by part.</summary>
public sealed record StagePlan(string Name, Quantity Trained, ImmutableArray<ComponentPlan> Components);

/// <summary>A task that gives a score.</summary>
/// <param name="Operations">In the sizes of the texts that it takes.</param>
public sealed record ScorePlan(string Name, string Entry, Dim Operations);

/// <summary>A way to store a number. Scales of quantised weights are not counted.</summary>
public sealed record StorageType(string Name, int Bytes)
{
    public static readonly ImmutableArray<StorageType> All = [new("f32", 4), new("bf16", 2), new("int8", 1)];
}
