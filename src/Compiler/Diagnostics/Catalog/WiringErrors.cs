using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM5xxx: how the parts of a model are joined.</summary>
internal static class WiringErrors
{
    public static Diagnostic SelectorMatchesNothing(string selector, string why, Span span, Span? declared) =>
        Error("MLLM5001", $"`{selector}` matches nothing", span, why).See(declared, "selected from this");

    public static Diagnostic SelectorOutside(string selector, string why, Span span, Span? declared) =>
        Error("MLLM5001", $"`{selector}` goes beyond its list", span, why).See(declared, "selected from this");

    public static Diagnostic NotAList(string found, Span span) =>
        Error("MLLM5001", $"`{span.Text}` picks from a list, not from {found}", span, help: "an index stands after a list of layers: `llm.layers[0]`");

    public static Diagnostic PlaceholderNotInPrompt(string placeholder, Span span, Span prompt) =>
        Error("MLLM5002", $"the prompt has no \"{placeholder}\" to replace", span, "replaced here",
            $"put {placeholder} into the template where the picture belongs").See(prompt, "the template has none");

    /// <param name="part">In words: <c>the bridge 'projector'</c>.</param>
    public static Diagnostic UnusedPart(string part, Span span) =>
        Error("MLLM5003", $"{part} is never used", span, help: "name it in an `inject`, `output`, `objective` or `task`, or remove it");

    public static Diagnostic PrefixWidth(string width, string expected, string decoder, Span stage, Span decoderSpan) =>
        Error("MLLM5004", $"the bridge gives tokens of width {width}, the decoder takes width {expected}", stage, $"width {width}",
            $"make the last stage give width {expected}").See(decoderSpan, $"'{decoder}' has width {expected}");

    public static Diagnostic StageMismatch(string stage, string expected, string found, Span span, Span previous) =>
        Error("MLLM5005", $"`{stage}` takes {expected}, the pipeline carries {found}", span, $"takes {expected}").See(previous, $"gives {found}");

    public static Diagnostic SeveralResults(string stage, string found, Span span) =>
        Error("MLLM5005", $"`{stage}` gives {found}; a pipeline carries one tensor", span, help: "call a function that gives one tensor");

    public static Diagnostic NotAnEncoder(string what, Span span) =>
        Error("MLLM5006", $"a pipeline starts at an encoder or a text, not at {what}", span, help: "name an encoder, or call a function of a part: `vision |> bridge`, `reader.text(caption)`");

    public static Diagnostic NotADecoder(string what, Span span) =>
        Error("MLLM5007", $"media go into a decoder, not into {what}", span);

    public static Diagnostic NotGenerating(string what, Span span) =>
        Error("MLLM5007", $"a decoder generates, not {what}", span, help: "write `generate llm`, with the name of the model's decoder");

    private const string DecoderFunctions = "a decoder has `embed(ids[n]) -> [n, d]`, `forward(x: [n, d], positions: ids[n]) -> [n, d]` and `head(x: [n, d]) -> [n, vocab]`";

    /// <param name="functions">The missing ones, at least one.</param>
    public static Diagnostic DecoderLacks(string name, string block, IReadOnlyList<string> functions, Span span) =>
        Error("MLLM5008", $"the decoder '{name}' has no {(functions.Count == 1 ? "function" : "functions")} {Words.List(functions)}", span, $"a '{block}'", DecoderFunctions);

    public static Diagnostic UnknownRule(Name rule, IEnumerable<string> rules) =>
        Error("MLLM5009", $"there is no media rule '{rule}'", rule.Span, help: $"the rules are {Choices(rules)}").Near(NearName.Find(rule.Text, rules));

    /// <param name="block">In words: <c>'gated_cross_attention'</c>.</param>
    public static Diagnostic WovenMismatch(string block, string message, Span span) => Error("MLLM5010", $"{block} cannot be woven in: {message}", span);

    public static Diagnostic UnknownSetting(string section, Name key, IEnumerable<string> known) =>
        Error("MLLM5011", $"`{section}` has no setting '{key}'", key.Span, help: $"its settings are {Choices(known)}").Near(NearName.Find(key.Text, known));

    public static Diagnostic WrongSetting(string section, string key, string expected, string found, Span span) =>
        Error("MLLM5012", $"`{key}` of `{section}` is {expected}, not {found}", span);

    public static Diagnostic MissingSetting(string section, string key, Span span) => Error("MLLM5013", $"`{section}` needs `{key}`", span);

    public static Diagnostic UnnamedText(Span span) => Error("MLLM5013", "a text needs a name", span, help: "expressions say it: `text caption { ... }`");

    public static Diagnostic SeveralDecoders(string name, Span span, Span first) =>
        Error("MLLM5014", $"a second decoder '{name}'", span, "again here").See(first, "the decoder");

    public static Diagnostic PictureSize(long size, string encoder, string expected, Span span, Span declared) =>
        Error("MLLM5015", $"the `image` section makes pictures of {size} x {size}, '{encoder}' takes {expected}", span, $"[3, {size}, {size}]")
            .See(declared, $"takes {expected}");

    private const string EncoderFunctions = "an encoder's function takes one picture: `[3, height, width]`";

    /// <param name="declared">The function's name.</param>
    public static Diagnostic EncoderInput(string name, string found, Span span, Span declared) =>
        Error("MLLM5016", $"this function of the encoder '{name}' takes {found}", span, help: EncoderFunctions).See(declared, "declared here");

    public static Diagnostic EncoderPictures(string name, string expected, string found, Span span, Span declared) =>
        Error("MLLM5016", $"this function of the encoder '{name}' takes pictures of {expected}, another takes {found}", span,
            help: "all functions of an encoder that a model uses take the same picture")
            .See(declared, "declared here");

    public static Diagnostic NotABlock(string role, string name, string found, Span span) =>
        Error("MLLM5022", $"the {role} '{name}' must be a {(role == "queue" ? "parameter" : "block")}, not {found}", span, help: role switch
        {
            "queue" => "a queue keeps rows of one width: `queue name = parameter([length, width])`",
            "encoder" => EncoderFunctions,
            "decoder" => DecoderFunctions,
            "bridge" => "a bridge is a block or a primitive with its settings: `bridge name = linear(64, 96)`",
            _ => "declare a block around the list: each part of a model has a name of its own",
        });

    public static Diagnostic TwinOfNothing(string name, string found, Span span) =>
        Error("MLLM5023", $"the twin '{name}' must follow a part, not {found}", span, help: "name an encoder, bridge or decoder: `twin vision_m = vision`");

    /// <param name="what">In words: <c>the batch value 'similarity'</c>.</param>
    public static Diagnostic BatchInSample(string what, Span span) =>
        Error("MLLM5024", $"{what} is of a whole batch, this is computed for one sample", span,
            help: "it may be named in `batch`, `objective` and `output`, and in the `objective` and `push` of a stage");

    public static Diagnostic BatchCycle(string name, Span span, Span declared) =>
        Error("MLLM5024", $"'{name}' is computed from itself", span).See(declared, "declared here");

    public static Diagnostic ObjectiveShape(string found, Span span) =>
        Error("MLLM5025", $"an objective is one number, not {found}", span, help: "reduce it over the batch, such as by `mean(x, axis: 0)` or `cross_entropy`");

    public static Diagnostic NoDecoder(string what, Span span) =>
        Error("MLLM5026", $"{what} needs a decoder, the model has none", span);

    /// <param name="operands">The names that are free.</param>
    public static Diagnostic UnknownOperand(Name operand, string decoder, IEnumerable<string> operands, Span declared) =>
        Error("MLLM5027", $"`forward` of '{decoder}' has no operand '{operand}'", operand.Span,
            help: operands.Any() ? $"it has {Choices(operands)}; tokens before the text are injected `as prefix`" : "tokens before the text are injected `as prefix`")
            .Near(NearName.Find(operand.Text, [.. operands, "prefix"])).See(declared, "declared here");

    public static Diagnostic OperandMissing(string operand, string decoder, Span span, Span declared) =>
        Error("MLLM5027", $"nothing is injected as '{operand}', which `forward` of '{decoder}' takes", span, help: $"write `inject SOURCE into {decoder} as {operand}`")
            .See(declared, "declared here");

    /// <param name="carried">What the pipeline gives for one picture.</param>
    public static Diagnostic OperandMismatch(string operand, string decoder, string expected, string carried, Span span, Span declared) =>
        Error("MLLM5005", $"`forward` of '{decoder}' takes {expected} for '{operand}', the pipeline carries {carried}", span, $"gives {carried}").See(declared, "declared here");

    public static Diagnostic UnknownLength(string tokens, Span span) =>
        Error("MLLM5005", $"media are a known number of tokens, the pipeline carries {tokens}", span, $"gives {tokens}",
            "what is as long as a text can be an operand of the decoder: `inject ... into llm as OPERAND`");

    public static Diagnostic OperandTwice(Name operand, Span first) =>
        Error("MLLM5027", $"the operand '{operand}' is given twice", operand.Span).See(first, "given here too");

    public static Diagnostic TaskForm(string task, bool both, Span span) =>
        Error("MLLM5028", $"the task '{task}' must either generate or give a score", span, both ? "does both" : "does neither", "write `generate llm` or `score EXPRESSION`");

    public static Diagnostic TaskSetting(Span span) =>
        Error("MLLM5028", "a task names the parameters that it fixes", span, help: "write `task answer(parameter: value) { ... }`");

    public static Diagnostic ScoreShape(string found, Span span) =>
        Error("MLLM5028", $"a score is one number, not {found}", span, help: "take an element, such as `softmax(x)[1]`, or reduce it: `sum(x, axis: 0)`");

    public static Diagnostic QueueTwice(string queue, Span span, Span first) => Error("MLLM5029", $"a step pushes into '{queue}' once", span, "again here").See(first, "first here");

    public static Diagnostic QueueRows(string queue, string expected, string found, Span span, Span declared) =>
        Error("MLLM5029", $"the queue '{queue}' takes {expected} from a batch, not {found}", span).See(declared, "the queue");

    public static Diagnostic NotAQueue(string found, Span span) =>
        Error("MLLM5029", $"values are pushed into a queue, not into {found}", span, help: "write `push VALUE |> QUEUE`, with `queue QUEUE = parameter([length, width])`");

    public static Diagnostic NotAComponent(string name, string found, Span span) =>
        Error("MLLM5018", $"'{name}' has no weights: it is {found}", span, help: "a key names a part of the model, or what is in one: `llm`, `llm.layers.*`");

    /// <param name="found">In words: <c>a call of `LLaVA`</c>, <c>the int 3</c>.</param>
    public static Diagnostic WrongVariantModel(string found, string model, Span span) =>
        Error("MLLM5017", $"a variant is a call of '{model}', not {found}", span, help: $"write `variant name = {model}(...)`");

    public static Diagnostic NotAJoin(string what, Span span) =>
        Error("MLLM5019", $"a block is woven at layers or members, not at {what}", span,
            help: "write `into decoder.layers[...] before as block(...)`, or `into decoder as prefix`");

    public static Diagnostic DecoderSignature(string decoder, string function, string problem, Span span, Span declared) =>
        Error("MLLM5020", $"`{function}` of the decoder '{decoder}' {problem}", span, help: DecoderFunctions).See(declared, "the decoder");

    /// <param name="join">The instance at which the block would run, by its path.</param>
    public static Diagnostic JoinNeverRun(string block, string join, string decoder, Span span, Span declared) =>
        Error("MLLM5021", $"'{block}' would never run: `forward` of '{decoder}' does not call {join}", span, help: "inject at layers or members that `forward` calls")
            .See(declared, "made here, not called");
}
