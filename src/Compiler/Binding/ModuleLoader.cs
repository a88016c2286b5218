using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Std;
using Mllm.Compiler.Syntax;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Reads a file and all that it imports, each file once.</summary>
/// <param name="readFile">Gives a file's text by its path relative to the root, or null where there is none.</param>
internal sealed class ModuleLoader(Func<string, string?> readFile, DiagnosticBag bag)
{
    private const string LibraryPrefix = "std/";

    private readonly Dictionary<string, SourceModule> _loaded = new(StringComparer.Ordinal);
    private readonly List<string> _loading = [];

    /// <summary>Loads the root file from its text.</summary>
    public SourceModule Load(SourceText source)
    {
        var key = Normalise("", source.Path) ?? source.Path;
        return Load(key, source);
    }

    private SourceModule Load(string key, SourceText source)
    {
        _loading.Add(key);
        var parsed = Parser.Parse(source);
        bag.AddRange(parsed.Diagnostics);
        var module = new SourceModule(parsed.Value);
        foreach (var declaration in parsed.Value.Declarations.Where(d => d.Name.Text.Length > 0))
            Declare(module, new Declaration(declaration, module), declaration.Name.Span);
        foreach (var import in parsed.Value.Imports.Where(i => i.Path.Value.Length > 0))
            Import(module, key, import);
        _loading.RemoveAt(_loading.Count - 1);
        return _loaded[key] = module;
    }

    private void Import(SourceModule module, string importer, ImportSyntax import)
    {
        if (Normalise(importer, import.Path.Value) is not { } key)
        {
            bag.Add(NameErrors.ImportOutsideRoot(import.Path));
            return;
        }
        if (_loading.Contains(key))
        {
            bag.Add(NameErrors.ImportCycle(import.Path, [.. _loading.SkipWhile(k => k != key), key]));
            return;
        }
        if (!_loaded.TryGetValue(key, out var imported))
        {
            if (Read(key) is not { } text)
            {
                bag.Add(NameErrors.ImportNotFound(import.Path, StandardLibrary.Names));
                return;
            }
            imported = Load(key, new SourceText(key, text));
        }
        foreach (var declaration in imported.Own.Where(d => d.Name.Text.Length > 0))
            Declare(module, new Declaration(declaration, imported), import.Path.Span);
    }

    private string? Read(string key) => key.StartsWith(LibraryPrefix, StringComparison.Ordinal) ? StandardLibrary.Read(key) : readFile(key);

    private void Declare(SourceModule module, Declaration declaration, Span where)
    {
        if (module.Declare(declaration) is { } earlier)
            bag.Add(NameErrors.DuplicateDeclaration(declaration.Syntax.Name.Text, where, earlier.Syntax.Name.Span));
    }

    /// <summary>The path of an import relative to the root with <c>.</c> and <c>..</c> resolved; null when it leaves the root.</summary>
    private static string? Normalise(string importer, string path)
    {
        if (path.Contains('\\') || path.StartsWith('/') || path.Contains(':'))
            return importer.Length == 0 ? path : null;
        if (path.StartsWith(LibraryPrefix, StringComparison.Ordinal))
            importer = "";
        var parts = new List<string>(importer.Split('/')[..^1]);
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else
                return null;
        }
        return string.Join('/', parts);
    }
}
