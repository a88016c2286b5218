using System.Collections.Immutable;

namespace Mllm.Compiler.Syntax;

/// <summary>The words that begin the parts of a file: read by the tree builder, the misspelling repair and the messages.</summary>
internal static class ItemWords
{
    /// <summary><c>encoder vision = ...</c></summary>
    public static readonly ImmutableArray<string> Roles = ["encoder", "bridge", "decoder", "twin", "queue", "batch", "objective"];

    /// <summary><c>image { ... }</c>, <c>checkpoint "name" { ... }</c></summary>
    public static readonly ImmutableArray<string> Sections = ["checkpoint", "config", "image", "text", "tokenizer", "prompt"];

    /// <summary>The items with a form of their own.</summary>
    public static readonly ImmutableArray<string> Others = ["require", "if", "fn", "inject", "adapt", "stage", "task", "variant", "output"];

    public static readonly ImmutableArray<string> Items = [.. Roles, .. Sections, .. Others];

    /// <summary>The lines of a stage that set something.</summary>
    public static readonly ImmutableArray<string> StageSettings = ["objective", "optimizer", "schedule", "group", "clip", "momentum", "push", "template", "text", "answer", "turn"];

    public static readonly ImmutableArray<string> StageEntries = ["train", .. StageSettings];

    /// <summary>The lines of a task.</summary>
    public static readonly ImmutableArray<string> TaskEntries = ["generate", "score", "prompt", "beams"];

    public static readonly ImmutableArray<string> Statements = ["return", "for", "if"];

    public static readonly ImmutableArray<string> Declarations = ["import", "block", "fn", "model"];

    public static readonly ImmutableArray<string> HyperTypes = ["int", "float", "bool", "string", "activation", "block"];

    public static readonly ImmutableArray<string> TensorKinds = ["ids", "mask"];

    /// <summary>What a message says of an unknown first word.</summary>
    public const string NoDeclaration = "a file has no declaration", NoItem = "a block or a model has no item", NoStageLine = "a stage has no line", NoTaskLine = "a task has no line",
        NoStatement = "a function has no statement";
}
