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

    public static Diagnostic ImportCycle(StringText path, ImmutableArray<string> cycle) =>
        Error("MLLM2003", "these files import each other", path.Span, string.Join(" -> ", cycle), "move what both need into a third file");

    public static Diagnostic DuplicateDeclaration(string name, Span span, Span earlier) =>
        Error("MLLM2004", $"'{name}' is declared twice", span, "again here").See(earlier, "first here");

    public static Diagnostic UnknownName(string name, Span span, IEnumerable<string> visible) =>
        Error("MLLM2005", $"there is no '{name}' here", span).Near(NearName.Find(name, visible));

    public static Diagnostic UnknownMember(string owner, Name name, IEnumerable<string> members, Span? declared) =>
        Error("MLLM2006", $"'{owner}' has no member '{name}'", name.Span).See(declared, $"'{owner}' is made here").Near(NearName.Find(name.Text, members));

    public static Diagnostic DuplicateMember(Name name, Span? earlier) =>
        Error("MLLM2007", $"'{name}' is defined twice", name.Span, "again here").See(earlier, "first here");

    public static Diagnostic NotCallable(string what, Span span) => Error("MLLM2008", $"{what} cannot be called", span);

    public static Diagnostic Recursion(string name, Span span) =>
        Error("MLLM2009", $"'{name}' contains itself", span, help: "a block or function that needs itself would never end");

    public static Diagnostic NoModel(Span span) =>
        Error("MLLM2010", "this file declares no model", span, help: "a `model` is what can be planned and run; a file of blocks can only be checked and imported");

    public static Diagnostic UnknownVariant(string name, Span span, IReadOnlyCollection<string> variants) =>
        Error("MLLM2011", $"there is no variant '{name}'", span, help: $"the variants are {Choices(variants)}");

    public static Diagnostic Misplaced(string item, string place, Span span) =>
        Error("MLLM2012", $"{item} cannot stand in {place}", span);

    public static Diagnostic UsedBeforeDefined(string name, Span span, Span definition) =>
        Error("MLLM2013", $"'{name}' is used before it is defined", span).See(definition, "defined here, later");
}
