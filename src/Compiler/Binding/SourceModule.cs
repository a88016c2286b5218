using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Binding;

/// <summary>One loaded file with the declarations that are visible in it: its own and those of the files it imports.</summary>
public sealed class SourceModule(FileSyntax file)
{
    private readonly Dictionary<string, Declaration> _names = new(StringComparer.Ordinal);

    public FileSyntax File => file;

    /// <summary>The file's own declarations in order.</summary>
    public IEnumerable<DeclarationSyntax> Own => file.Declarations;

    public IEnumerable<string> VisibleNames => _names.Keys;

    public Declaration? Find(string name) => _names.GetValueOrDefault(name);

    /// <summary>Makes a declaration visible; gives the earlier one of that name, if another stands already.</summary>
    internal Declaration? Declare(Declaration declaration)
    {
        if (_names.TryGetValue(declaration.Syntax.Name.Text, out var earlier))
            return earlier.Syntax == declaration.Syntax ? null : earlier;
        _names.Add(declaration.Syntax.Name.Text, declaration);
        return null;
    }
}

/// <summary>A declaration and the module whose names its body sees.</summary>
public sealed record Declaration(DeclarationSyntax Syntax, SourceModule Module);
