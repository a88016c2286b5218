namespace Mllm.Compiler.Binding;

/// <summary>The names an expression sees: locals, then the instance's, then the file's.</summary>
internal sealed class Scope(SourceModule module, BlockInstance? owner, Scope? parent = null)
{
    private readonly Dictionary<string, BoundValue> _names = new(StringComparer.Ordinal);

    public SourceModule Module => module;

    public BlockInstance? Owner => owner;

    /// <summary>Whether a name that nothing declares is none: the keys of a configuration file may be missing.</summary>
    public bool IsOpen { get; init; }

    /// <summary>A scope for a loop or branch body; assignments reach the enclosing name where there is one.</summary>
    public Scope Child() => new(module, owner, this) { IsOpen = IsOpen };

    public void Define(string name, BoundValue value) => _names[name] = value;

    /// <summary>Assigns a function's local: the innermost scope that has the name, else this one.</summary>
    public void Assign(string name, BoundValue value)
    {
        for (var s = this; s is not null; s = s.Parent)
            if (s._names.ContainsKey(name))
            {
                s._names[name] = value;
                return;
            }
        _names[name] = value;
    }

    private Scope? Parent => parent;

    public BoundValue? FindLocal(string name)
    {
        for (var s = this; s is not null; s = s.Parent)
            if (s._names.TryGetValue(name, out var value))
                return value;
        return owner?.Names.GetValueOrDefault(name);
    }

    public IEnumerable<string> LocalNames()
    {
        for (var s = this; s is not null; s = s.Parent)
            foreach (var name in s._names.Keys)
                yield return name;
        foreach (var name in owner?.Names.Keys ?? Enumerable.Empty<string>())
            yield return name;
        foreach (var name in owner?.Functions.Keys ?? Enumerable.Empty<string>())
            yield return name;
    }
}
