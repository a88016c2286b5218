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

    /// <summary>The library's files, which never change: each is read once.</summary>
    private static readonly ModuleLoader Library = new(_ => null, new DiagnosticBag());

    private readonly Dictionary<string, SourceModule?> _loaded = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Diagnostic[]> _findings = new(StringComparer.Ordinal);
    private readonly List<string> _loading = [];

    /// <summary>The folders above the root file, which no import leaves.</summary>
    private string[] _root = [];

    /// <summary>Loads the root file from its text.</summary>
    public SourceModule Load(SourceText source)
    {
        _root = source.Path.Split('/')[..^1];
        return Load(source.Path, source);
    }

    private SourceModule Load(string key, SourceText source)
    {
        _loading.Add(key);
        var parsed = Parser.Parse(source);
        bag.AddRange(parsed.Diagnostics);
        var module = new SourceModule(parsed.Value);
        foreach (var declaration in parsed.Value.Declarations.Where(d => d.Name.Text.Length > 0))
            Declare(module, new Declaration(declaration, module), null);
        foreach (var import in parsed.Value.Imports)
            module.IsComplete &= Import(module, key, import);
        _loading.RemoveAt(_loading.Count - 1);
        _loaded[key] = module;
        return module;
    }

    /// <summary>Makes the declarations of another file visible; false (and a diagnostic) when it cannot be read.</summary>
    private bool Import(SourceModule module, string importer, ImportSyntax import)
    {
        if (Resolve(importer, import.Path.Value) is not { } key)
        {
            bag.Add(NameErrors.ImportOutsideRoot(import.Path));
            return false;
        }
        if (_loading.Contains(key))
        {
            bag.Add(NameErrors.ImportCycle(import.Path, [.. _loading.SkipWhile(k => k != key), key]));
            return false;
        }
        if (Module(key) is not { } imported)
        {
            bag.Add(NameErrors.ImportNotFound(import.Path, StandardLibrary.Names));
            return false;
        }
        foreach (var declaration in imported.Own.Where(d => d.Name.Text.Length > 0))
            Declare(module, new Declaration(declaration, imported), import.Path.Span);
        return imported.IsComplete;
    }

    private SourceModule? Module(string key)
    {
        if (_loaded.TryGetValue(key, out var loaded))
            return loaded;
        if (!key.StartsWith(LibraryPrefix, StringComparison.Ordinal))
            return readFile(key) is { } text ? Load(key, new SourceText(key, text)) : null;
        lock (Library)
            return _loaded[key] = Library.FromLibrary(key, bag);
    }

    /// <summary>A library file, and what was found in it and below.</summary>
    private SourceModule? FromLibrary(string key, DiagnosticBag findings)
    {
        if (!_loaded.TryGetValue(key, out var module))
        {
            var before = bag.Count;
            module = StandardLibrary.Read(key) is { } text ? Load(key, new SourceText(key, text)) : null;
            _findings[key] = [.. bag.ToImmutable().Skip(before)];
        }
        findings.AddRange(_findings.GetValueOrDefault(key, []));
        return module;
    }

    /// <param name="import">The import that brings the declaration, or null for one of the file itself.</param>
    private void Declare(SourceModule module, Declaration declaration, Span? import)
    {
        if (module.Declare(declaration) is { } earlier)
            bag.Add(NameErrors.DuplicateDeclaration(declaration.Syntax.Name.Text, import ?? declaration.Syntax.Name.Span, import is not null, earlier.Syntax.Name.Span));
    }

    /// <summary>The path of an imported file, as the root file's own path is written, with <c>.</c> and <c>..</c> resolved; null when it leaves the root's folder.</summary>
    private string? Resolve(string importer, string path)
    {
        if (path.Contains('\\') || path.StartsWith('/') || path.Contains(':'))
            return null;
        var isLibrary = path.StartsWith(LibraryPrefix, StringComparison.Ordinal);
        var parts = isLibrary ? [] : importer.Split('/')[..^1].ToList();
        var floor = isLibrary || importer.StartsWith(LibraryPrefix, StringComparison.Ordinal) ? 1 : _root.Length;
        foreach (var part in path.Split('/'))
        {
            if (part is "" or ".")
                continue;
            if (part != "..")
                parts.Add(part);
            else if (parts.Count > floor)
                parts.RemoveAt(parts.Count - 1);
            else
                return null;
        }
        return string.Join('/', parts);
    }
}
