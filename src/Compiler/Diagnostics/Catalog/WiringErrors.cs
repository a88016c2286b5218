using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM5xxx: how the parts of a model are joined.</summary>
internal static class WiringErrors
{
    public static Diagnostic SelectorMatchesNothing(string selector, string why, Span span, Span? declared) =>
        Error("MLLM5001", $"`{selector}` matches nothing", span, why).See(declared, "selected from here");

    public static Diagnostic PlaceholderNotInPrompt(string placeholder, Span span, Span prompt) =>
        Error("MLLM5002", $"the prompt has no \"{placeholder}\" to replace", span, "replaced here",
            $"put {placeholder} into the template where the picture belongs").See(prompt, "the template has none");

    public static Diagnostic UnusedBridge(string role, string name, Span span) =>
        Error("MLLM5003", $"the {role} '{name}' is never used", span, help: $"name it in an `inject`, or remove it");

    public static Diagnostic PrefixWidth(string width, string expected, string decoder, Span stage, Span decoderSpan) =>
        Error("MLLM5004", $"the bridge gives tokens of width {width}, the decoder takes width {expected}", stage, $"width {width}",
            $"make the last stage give width {expected}").See(decoderSpan, $"'{decoder}' has width {expected}");

    public static Diagnostic StageMismatch(string stage, string expected, string found, Span span, Span previous) =>
        Error("MLLM5005", $"'{stage}' takes {expected}, the pipeline carries {found}", span, $"takes {expected}").See(previous, $"gives {found}");

    public static Diagnostic NotAnEncoder(string what, Span span) =>
        Error("MLLM5006", $"a pipeline starts at an encoder, not at {what}", span, help: "write `inject encoder |> bridge into ...`");

    public static Diagnostic NotADecoder(string what, Span span) =>
        Error("MLLM5007", $"media go into a decoder, not into {what}", span);

    public static Diagnostic DecoderLacks(string name, string block, string function, Span span) =>
        Error("MLLM5008", $"the decoder '{name}' has no function `{function}`", span, $"'{block}'",
            "a decoder has `embed(ids[n]) -> [n, d]`, `forward(x: [n, d], positions: ids[n]) -> [n, d]` and `head(x: [n, d]) -> [n, vocab]`");

    public static Diagnostic UnknownRule(Name rule, IEnumerable<string> rules) =>
        Error("MLLM5009", $"there is no media rule '{rule}'", rule.Span, help: $"the rules are {Choices(rules)}").Near(NearName.Find(rule.Text, rules));

    public static Diagnostic WovenMismatch(string block, string message, Span span, Span? declared) =>
        Error("MLLM5010", $"'{block}' cannot be woven here: {message}", span).See(declared, "declared here");

    public static Diagnostic UnknownSetting(string section, Name key, IEnumerable<string> known) =>
        Error("MLLM5011", $"`{section}` has no setting '{key}'", key.Span, help: $"its settings are {Choices(known)}").Near(NearName.Find(key.Text, known));

    public static Diagnostic WrongSetting(string section, string key, string expected, string found, Span span) =>
        Error("MLLM5012", $"`{key}` of `{section}` is {expected}, not {found}", span);

    public static Diagnostic MissingSetting(string section, string key, Span span) => Error("MLLM5013", $"`{section}` needs `{key}`", span);

    public static Diagnostic SeveralDecoders(string name, Span span, Span first) =>
        Error("MLLM5014", $"a second decoder '{name}'", span, "again here").See(first, "the decoder");

    public static Diagnostic PictureSize(long size, string encoder, string expected, Span span, Span declared) =>
        Error("MLLM5015", $"the `image` section makes pictures of {size} x {size}, '{encoder}' takes {expected}", span).See(declared, $"takes {expected}");

    public static Diagnostic EncoderInput(string name, string found, Span span) =>
        Error("MLLM5016", $"the encoder '{name}' takes {found}", span, help: "an encoder's function takes one picture: `[3, height, width]`");

    public static Diagnostic WrongVariantModel(string found, string model, Span span) =>
        Error("MLLM5017", $"a variant sets the parameters of '{model}', not of {found}", span, help: $"write `variant name = {model}(...)`");

    public static Diagnostic UnknownSection(Name name, IEnumerable<string> known) =>
        Error("MLLM5018", $"there is no section `{name}`", name.Span, help: $"the sections are {Choices(known)}").Near(NearName.Find(name.Text, known));

    public static Diagnostic NotAJoin(string what, Span span) =>
        Error("MLLM5019", $"a block is woven at layers or members, not at {what}", span, help: "write `into decoder.layers[...] before as block(...)`, or `into decoder as prefix`");

    public static Diagnostic UntrainedStage(string stage, Span span) => Error("MLLM7001", $"the stage '{stage}' trains nothing", span, help: "name what it trains: `train bridge`");
}
