using System.Collections.Immutable;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM8xxx: configurations that are turned into files.</summary>
internal static class ImportErrors
{
    public static Diagnostic NotJson(Span span, string why) => Error("MLLM8001", "this configuration cannot be read", span, why);

    /// <param name="known">The types that a shipped model reads.</param>
    public static Diagnostic UnknownModelType(string type, Span span, IReadOnlyCollection<string> known)
    {
        var error = Error("MLLM8002", $"no shipped model reads the model_type \"{type}\"", span);
        return error with
        {
            Help = (NearName.Find(type, known) is { } near ? $"did you mean \"{near}\"?\n" : "") + $"the known types are {Words.Join([.. known], "and")}",
        };
    }

    public static Diagnostic NoModelReads(Span span) =>
        Error("MLLM8003", "this configuration has no model_type, and no shipped model can be made from its keys alone", span,
            help: "`model_type` is the architecture's name; configurations that Hugging Face's library writes have it");

    public static Diagnostic ModelTypeNoText(Span span) => Error("MLLM8003", "the model_type of this configuration is no text", span);

    /// <param name="paths">The keys, any of which would do.</param>
    /// <param name="read">Where the section reads them.</param>
    public static Diagnostic MissingKey(IReadOnlyList<string> paths, Span span, Span read) =>
        Error("MLLM8004", $"this configuration has no {Words.Choice(paths)}", span).See(read, "needed here, without a default");

    public static Diagnostic NotAnObject(string path, Span span, string wanted, Span read) =>
        Error("MLLM8005", $"`{path}` must be an object", span, $"`{wanted}` is looked for in it").See(read, "read here");

    public static Diagnostic UnreadKey(string path, string model, Span span) =>
        Warning("MLLM8006", $"`{path}` is not read: '{model}' may compute something else than this configuration means", span,
            help: "look up what it changes; the file that is written can be edited");

    /// <summary>The code of an object that none of a model's blocks reads: the configuration is not this model's.</summary>
    public const string PartType = "MLLM8007";

    /// <param name="known">The types that the blocks read.</param>
    public static Diagnostic UnknownPartType(string type, IReadOnlyCollection<string> known, Span span)
    {
        ImmutableArray<string> types = [.. known.Distinct().Select(k => $"\"{k}\"")];
        return Error(PartType, $"no block here reads the model_type \"{type}\"", span, help: $"{(types.Length == 1 ? "the known type is" : "the known types are")} {Words.Join(types, "and")}");
    }

    public static Diagnostic NothingToRead(Span span) =>
        Error("MLLM8008", "`read` takes an object of the configuration and the blocks that it may describe", span, help: "write `read(text_config, llama)`, or `read(config, llama)` for the whole file");

    public static Diagnostic NoConfigSection(string what, Span span) =>
        Error("MLLM8008", $"`{what}` cannot be read: it is no block with a `config` section", span, help: "the section says how a configuration gives the block's hyperparameters: `config \"...\" { dim: hidden_size }`");

    public static Diagnostic ReadsNoObject(string what, string found, Span span) =>
        Error("MLLM8008", $"`{what}` must be an object, not {found}", span, help: "what is missing reads as an empty object");
}
