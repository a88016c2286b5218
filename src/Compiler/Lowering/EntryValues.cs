using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Model;
using Mllm.Compiler.Text;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// What the expressions of one entry may name beside the model's parts. An encoder stands for what it gives for the pictures, a text for its tokens, a value of the batch for
/// its expression; each becomes an input of the entry, or nodes, where it is first named.
/// </summary>
internal sealed class EntryValues
{
    private static readonly Dim Frames = Dim.Symbol("frames");

    /// <summary>The axis of samples in an entry over a whole batch.</summary>
    public static readonly Dim Batch = Dim.Symbol("batch");

    private readonly CompileContext _context;
    private readonly Lowerer _lowerer;
    private readonly BoundModel _model;
    private readonly FunctionBuilder _builder;
    private readonly bool _frames;
    private readonly LanguageLoss? _language;
    private readonly Dictionary<string, Value> _inputs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, BoundValue> _batch = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    public EntryValues(CompileContext context, Lowerer lowerer, BoundModel model, FunctionBuilder builder, bool frames, LanguageLoss? language = null)
    {
        (_context, _lowerer, _model, _builder, _frames, _language) = (context, lowerer, model, builder, frames, language);
        Evaluator = new Evaluator(context, lowerer, builder) { Inputs = Resolve, Terms = language is null ? null : Term, IsOverBatch = language is not null };
    }

    public FunctionBuilder Builder => _builder;

    /// <summary>Evaluates expressions of the entry.</summary>
    public Evaluator Evaluator { get; }

    /// <summary>Whether the language model's loss takes its media from the pictures of the entry, one for each sample, and not as inputs of their own.</summary>
    public bool SharesPictures { get; init; }

    /// <summary>Whether the entry takes pictures, and their media too, which were encoded apart.</summary>
    public bool TakesPicturesTwice => _inputs.Keys.Any(EntryInputs.IsPixels) && _inputs.Keys.Any(EntryInputs.IsMedia);

    private bool IsOverBatch => _language is not null;

    /// <summary>The tensor that an expression of the model gives in this entry; null after an error, which has been reported.</summary>
    public Value? Evaluate(Syntax.Ast.ExpressionSyntax expression)
    {
        _model.Use(expression);
        var value = Resolve(Evaluator.Evaluate(expression, _model.Scope), expression.Span);
        if (value is TensorValue tensor)
            return tensor.Value;
        if (!value.IsError)
            _context.Report(value is TupleValue ? WiringErrors.SeveralResults(expression.Span.Text, value.Describe, expression.Span)
                : WiringErrors.NotAnEncoder(Describe(value), expression.Span));
        return null;
    }

    /// <summary>The tensor for what stands for one; everything else stays.</summary>
    public BoundValue Resolve(BoundValue value, Span span) => value switch
    {
        TextValue text => new TensorValue(Input(EntryInputs.Text + text.Name, TensorType.Int(Sized(text.Name)))),
        BatchValue batch => OfBatch(batch, span),
        TermValue term => Term(term, [], span),
        InstanceValue { Instance: BlockInstance block } when EncoderAt(block) is { } part => Wrap(Encoder(part, block, "forward", span)),
        MethodValue { Instance: BlockInstance block } method when EncoderAt(block) is { } part => Wrap(Encoder(part, block, method.Function, span)),
        _ => value,
    };

    /// <summary>What an encoder's function gives for the pictures; null after an error, which has been reported.</summary>
    public Value? Encoder(BoundPart part, BlockInstance block, string name, Span span)
    {
        part.Used = true;
        if (!block.Functions.ContainsKey(name))
        {
            _context.Report(NameErrors.NoFunction(block.BlockName, name, block.Functions.Keys, span, block.Block.Name.Span));
            return null;
        }
        if (_lowerer.Function(block, name, span) is not { } function)
            return null;
        if (function.Inputs is not [{ Type: { Kind: ElementKind.Float, Rank: 3 } picture }])
        {
            var found = function.Inputs.IsEmpty ? "nothing" : Diagnostics.Words.Join([.. function.Inputs.Select(i => i.Type.ToString())], "and");
            _context.Report(WiringErrors.EncoderInput(part.Name, found, span, block.Functions[name].Name.Span));
            return null;
        }
        part.Picture ??= picture;
        var source = part.TwinOf ?? part;
        var several = _model.Parts.Count(p => p.Role == Role.Encoder) > 1;
        ImmutableArray<Dim> lead = [.. IsOverBatch ? [Batch] : ImmutableArray<Dim>.Empty, .. _frames ? [Frames] : ImmutableArray<Dim>.Empty];
        var pixels = Input(several ? EntryInputs.PixelsOf(source.Name) : EntryInputs.Pixels, picture.WithShape([.. lead, .. picture.Shape]));
        var results = _builder.Call(function, [pixels], _builder.RelativePath(block.Path), span,
            (_, expected, _) => WiringErrors.EncoderPictures(part.Name, expected, part.Picture.ToString(), span, block.Functions[name].Name.Span), lead.Length);
        if (results is [var one])
            return one;
        if (results is { } many)
            _context.Report(WiringErrors.SeveralResults(span.Text, Evaluator.Wrap(many).Describe, span));
        return null;
    }

    /// <summary>An input of the entry, made when it is first asked for.</summary>
    public Value Input(string name, TensorType type) => _inputs.TryGetValue(name, out var known) ? known : _inputs[name] = _builder.Input(name, type);

    private BoundPart? EncoderAt(BlockInstance block) => _model.Parts.FirstOrDefault(p => p.Sees && p.Instance == block);

    private ImmutableArray<Dim> Sized(string text) => IsOverBatch ? [Batch, Dim.Symbol(text)] : [Dim.Symbol(text)];

    private BoundValue OfBatch(BatchValue value, Span span)
    {
        var syntax = _model.Batch.First(b => b.Name.Text == value.Name);
        if (!IsOverBatch)
            _context.Report(WiringErrors.BatchInSample(value.Describe, span));
        else if (_model.BrokenBatch.Contains(value.Name))
            return ErrorValue.Instance;
        else if (_batch.TryGetValue(value.Name, out var known))
            return known;
        else if (!_open.Add(value.Name))
            _context.Report(WiringErrors.BatchCycle(value.Name, span, syntax.Name.Span));
        else
        {
            var found = Resolve(Evaluator.Evaluate(syntax.Value, _model.Scope), syntax.Value.Span);
            _open.Remove(value.Name);
            var result = value.IsObjective ? Objective(found, syntax.Value.Span) : found;
            if (result.IsError)
                _model.BrokenBatch.Add(value.Name);
            return _batch[value.Name] = result;
        }
        return ErrorValue.Instance;
    }

    /// <summary>The value itself, where it is one number computed from a batch; else an error value, reported.</summary>
    private BoundValue Objective(BoundValue value, Span span)
    {
        if (value.IsError || value is TensorValue { Value.Type: { Rank: 0, Kind: ElementKind.Float } })
            return value;
        _context.Report(WiringErrors.ObjectiveShape(value is TensorValue { Value.Type: var type } ? type.ToString() : Describe(value), span));
        return ErrorValue.Instance;
    }

    private string Describe(BoundValue value) => value is InstanceValue { Instance: var i } && _model.PartOf(i) is { } part && part.Instance == i ? part.Describe : value.Describe;

    private BoundValue Term(TermValue term, IReadOnlyList<Operand> operands, Span span)
    {
        if (_language is null)
        {
            _context.Report(WiringErrors.BatchInSample(term.Describe, span));
            return ErrorValue.Instance;
        }
        if (term.Name == BatchTerms.LanguageModeling)
            return _language.Loss(this, operands, span);
        if (operands is [{ Name: null, Value: TextValue text }])
            return new TensorValue(Input(EntryInputs.Labels + text.Name, TensorType.Int(Sized(text.Name))));
        if (operands.FirstOrDefault(o => o.Name is not null) is { Name: { } name })
            _context.Report(HyperparameterErrors.UnknownArgument(term.Name, name, [], null));
        else if (!operands.Any(o => o.Value.IsError))
            _context.Report(HyperparameterErrors.BadOperand(term.Name, operands.Count == 0 ? "nothing" : Diagnostics.Words.Join([.. operands.Select(o => Describe(o.Value))], "and"), span,
                "it takes one text, and gives its tokens with -100 for padding: `labels(caption)`"));
        return ErrorValue.Instance;
    }

    private static BoundValue Wrap(Value? value) => value is null ? ErrorValue.Instance : new TensorValue(value);
}
