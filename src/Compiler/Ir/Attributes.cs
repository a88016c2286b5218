using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <summary>The compile-time settings of one operation, complete (defaults filled in) and in declaration order.</summary>
public sealed class Attributes : IEquatable<Attributes>
{
    public static readonly Attributes Empty = new([]);

    public Attributes(ImmutableArray<KeyValuePair<string, Constant>> entries) => Entries = entries;

    public ImmutableArray<KeyValuePair<string, Constant>> Entries { get; }

    public Constant? Find(string name) => Entries.FirstOrDefault(e => e.Key == name).Value;

    public bool Has(string name) => Find(name) is not (null or NoneConstant);

    public Dim Size(string name) => ((IntConstant)this[name]).Size;

    public long Int(string name) => ((IntConstant)this[name]).Value;

    public double Float(string name) => this[name] is IntConstant i ? i.Value : ((FloatConstant)this[name]).Value;

    public bool Bool(string name) => ((BoolConstant)this[name]).Value;

    public string Text(string name) => ((StringConstant)this[name]).Value;

    public ImmutableArray<Dim> Sizes(string name) => [.. ((ListConstant)this[name]).Elements.Select(e => ((IntConstant)e).Size)];

    public Constant this[string name] => Find(name) ?? throw new KeyNotFoundException($"no attribute '{name}'");

    public Attributes With(string name, Constant value) => new([.. Entries.Where(e => e.Key != name), KeyValuePair.Create(name, value)]);

    public bool Equals(Attributes? other) => other is not null && Entries.AsSpan().SequenceEqual(other.Entries.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Attributes);

    public override int GetHashCode() => Entries.Aggregate(5, (h, e) => HashCode.Combine(h, e.Key, e.Value));

    public override string ToString() => string.Join(", ", Entries.Select(e => $"{e.Key} = {e.Value}"));
}
