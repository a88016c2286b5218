using System.Collections.Immutable;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;
using static Mllm.Compiler.Diagnostics.Catalog.Report;

namespace Mllm.Compiler.Diagnostics.Catalog;

/// <summary>MLLM2xxx: imports and names.</summary>
internal static class NameErrors
{
    public static Diagnostic ImportNotFound(StringText path, IEnumerable<string> library)
    {
        var error = Error("MLLM2001", $"there is no file '{path.Value}' to import", path.Span);
        return NearName.Find(path.Value, library) is { } near
            ? error with { Help = $"did you mean \"{near}\"?", Fix = new Fix($"import \"{near}\"", path.Span, $"\"{near}\"") }
            : error with { Help = "paths are relative to the importing file, or start with `std/` for the library" };
    }

    public static Diagnostic ImportOutsideRoot(StringText path) =>
        Error("MLLM2002", $"the import '{path.Value}' leaves the project's folder", path.Span,
            help: "imports stay inside the folder of the main file, or start with `std/`; use forward slashes");

    public static Diagnostic ImportCycle(StringText path, ImmutableArray<string> cycle) => cycle.Length == 2
        ? Error("MLLM2003", "this file imports itself", path.Span, help: "remove the import: a file sees all its own declarations")
        : Error("MLLM2003", "these files import each other", path.Span, string.Join(" -> ", cycle), "move what both need into a third file");

    /// <param name="isImport">Whether the second declaration comes with an import, which is then the span.</param>
    public static Diagnostic DuplicateDeclaration(string name, Span span, bool isImport, Span earlier) =>
        Error("MLLM2004", $"'{name}' is declared twice", span, isImport ? $"this file declares '{name}' too" : "again here").See(earlier, "first here");

    /// <param name="library">The library file that declares the name, if one does.</param>
    public static Diagnostic UnknownName(string name, Span span, IEnumerable<string> visible, string? library = null) => library is null
        ? Error("MLLM2005", $"there is no '{name}' here", span).Near(NearName.Find(name, visible))
        : Error("MLLM2005", $"there is no '{name}' here", span, help: $"\"{library}\" declares it: `import \"{library}\"`");

    /// <param name="owner">In words: <c>'clip_vit'</c>, <c>a list of 4</c>.</param>
    /// <param name="made">Where the owner was made.</param>
    public static Diagnostic UnknownMember(string owner, Name name, IEnumerable<string> members, Span? made)
    {
        const int mostShown = 12;
        var known = members.Distinct().ToList();
        var error = Error("MLLM2006", $"{owner} has no member '{name}'", name.Span).See(made, $"{owner} is made here");
        return NearName.Find(name.Text, known) is { } near ? error.Near(near)
            : error with { Help = known.Count == 0 ? null : $"it has {Choices(known.Take(mostShown))}{(known.Count > mostShown ? ", ..." : "")}" };
    }

    public static Diagnostic DuplicateMember(Name name, Span? earlier) =>
        Error("MLLM2007", $"'{name}' is defined twice", name.Span, "again here").See(earlier, "first here");

    public static Diagnostic NotCallable(string what, Span span, string? help = null) => Error("MLLM2008", $"{what} cannot be called", span, help: help);

    /// <param name="functions">Those that the block has.</param>
    public static Diagnostic NoFunction(string block, string function, IReadOnlyCollection<string> functions, Span span, Span declared) =>
        NotCallable($"'{block}' has no function `{function}` and", span, functions.Count == 0 ? null : $"call a function that it has: {Choices(functions.Select(f => $".{f}"))}")
            .See(declared, "declared here");

    /// <param name="chain">The names from the first use to the repeated one.</param>
    /// <param name="verb"><c>contains</c> for a block, <c>calls</c> for a function.</param>
    public static Diagnostic Recursion(string name, string verb, IReadOnlyList<string> chain, Span span) =>
        Error("MLLM2009", $"'{name}' {verb} itself", span, string.Join(" -> ", chain), "this would never end; repeat with a loop: `[for i in 0..depth: layer(...)]`");

    public static Diagnostic NoModel(Span span) =>
        Error("MLLM2010", "this file declares no model", span, help: "a `model` is what can be planned and run; a file of blocks can only be checked and imported");

    public static Diagnostic UnknownVariant(string name, Span span, IReadOnlyCollection<string> variants) =>
        Error("MLLM2011", $"there is no variant '{name}'", span, help: NearName.Find(name, variants) is { } near ? $"did you mean `{near}`?"
            : variants.Count == 0 ? "the model has none" : $"the variants are {Choices(variants)}");

    public static Diagnostic UnknownTask(string name, Span span, IReadOnlyCollection<string> tasks) =>
        Error("MLLM2017", $"there is no task '{name}'", span, help: NearName.Find(name, tasks) is { } near ? $"did you mean `{near}`?"
            : tasks.Count == 0 ? "the model has none" : $"the tasks are {Choices(tasks)}");

    /// <param name="span">Where the task is declared.</param>
    /// <param name="variants">The variants that have it.</param>
    public static Diagnostic TaskLeftOut(string name, string? variant, Span span, IReadOnlyCollection<string> variants) =>
        Error("MLLM2017", $"{(variant is null ? "this model" : $"the variant '{variant}'")} has no task '{name}'", span, "the `if` around it leaves it out",
            variants.Count == 0 ? "no variant has it; `--set` changes what the `if` asks" : $"it is a task of {Choices(variants)}");

    public static Diagnostic Misplaced(string item, string place, Span span) =>
        Error("MLLM2012", $"{item} cannot stand in {place}", span);

    public static Diagnostic UsedBeforeDefined(string name, Span span, Span definition) =>
        Error("MLLM2013", $"'{name}' is used before it is defined", span).See(definition, "defined here");

    /// <param name="definition">Where it is assigned, inside a loop.</param>
    public static Diagnostic EndedWithLoop(string name, Span span, Span definition) =>
        Error("MLLM2005", $"there is no '{name}' here", span, help: "a name that a loop assigns first ends with the loop; assign it before, too")
            .See(definition, "only in this loop");

    public static Diagnostic ParameterInVariant(string name, Span span, Span parameter) =>
        Error("MLLM2005", $"there is no '{name}' here", span, help: "a variant or task gives the parameters their values and sees none of them")
            .See(parameter, "a parameter of the model");

    public static Diagnostic DuplicatePath(string path, Span span, Span earlier) =>
        Error("MLLM2014", $"two parameters have the path '{path}'", span, "again here", "give one of them another path with `at \"...\"`").See(earlier, "first here");

    public static Diagnostic BadPath(StringText path) =>
        Error("MLLM2015", $"\"{path.Value}\" is not a path", path.Span, help: "a path is names of letters, digits, `_` and `-`, joined by dots; \"\" is the owner's own path");

    /// <param name="definition">Where the name would be defined, had the condition held.</param>
    public static Diagnostic LeftOut(string name, Span span, Span definition) =>
        Error("MLLM2016", $"'{name}' is left out by an `if`", span, help: "use it under the same condition")
            .See(definition, "not defined, because the condition around it does not hold");
}
