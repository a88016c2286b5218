using System.Collections.Immutable;

namespace Mllm.Compiler.Types;

/// <summary>A named quantity in a polynomial; <c>Value</c> is its number where it is known.</summary>
internal sealed record Atom(string Name, long? Value) : IComparable<Atom>
{
    /// <summary>By name; two hyperparameters of one name (of an encoder and a decoder, say) stay two atoms when their values differ.</summary>
    public int CompareTo(Atom? other) => string.CompareOrdinal(Name, other?.Name) is not 0 and var byName ? byName : Nullable.Compare(Value, other?.Value);
}

/// <summary>A product of atoms with powers, in order of name.</summary>
internal sealed record Monomial(ImmutableArray<(Atom Atom, int Power)> Factors) : IComparable<Monomial>
{
    public static readonly Monomial Unit = new([]);

    // Ordering compares texts over and over.
    private string? _text;

    public int Degree => Factors.Sum(f => f.Power);

    public static Monomial operator *(Monomial a, Monomial b)
    {
        if (a.Factors.IsEmpty)
            return b;
        if (b.Factors.IsEmpty)
            return a;
        var powers = new SortedDictionary<Atom, int>();
        foreach (var (atom, power) in a.Factors.Concat(b.Factors))
            powers[atom] = power + powers.GetValueOrDefault(atom);
        return new Monomial([.. powers.Select(p => (p.Key, p.Value))]);
    }

    /// <summary>Higher degrees first, then by name: the order in which a formula is read.</summary>
    public int CompareTo(Monomial? other)
    {
        if (other is null)
            return -1;
        var byDegree = other.Degree.CompareTo(Degree);
        return byDegree != 0 ? byDegree : string.CompareOrdinal(ToString(), other.ToString());
    }

    public bool Equals(Monomial? other) => other is not null && Factors.AsSpan().SequenceEqual(other.Factors.AsSpan());

    public override int GetHashCode() => Factors.Aggregate(17, (h, f) => HashCode.Combine(h, f.Atom.Name, f.Power));

    public override string ToString() => _text ??= string.Join("·", Factors.Select(f => f.Power == 1 ? f.Atom.Name : $"{f.Atom.Name}^{f.Power}"));
}

/// <summary>A polynomial with checked 64-bit coefficients; the engine under <see cref="Dim"/>.</summary>
internal sealed class Polynomial : IEquatable<Polynomial>
{
    public static readonly Polynomial Zero = new([]);

    private readonly ImmutableArray<(Monomial Monomial, long Coefficient)> _terms;

    private Polynomial(ImmutableArray<(Monomial, long)> terms) => _terms = terms;

    public long? AsConstant => _terms.Length switch
    {
        0 => 0,
        1 when _terms[0].Monomial.Factors.IsEmpty => _terms[0].Coefficient,
        _ => null,
    };

    public IEnumerable<Atom> Atoms => _terms.SelectMany(t => t.Monomial.Factors).Select(f => f.Atom).DistinctBy(a => a.Name).OrderBy(a => a.Name, StringComparer.Ordinal);

    public ImmutableArray<(Monomial Monomial, long Coefficient)> Terms => _terms;

    public static Polynomial Constant(long value) => value == 0 ? Zero : new([(Monomial.Unit, value)]);

    public static Polynomial Of(Atom atom) => new([(new Monomial([(atom, 1)]), 1)]);

    /// <summary>Whether an atom of such a name is in it.</summary>
    public bool Mentions(Func<string, bool> name)
    {
        foreach (var (monomial, _) in _terms)
            foreach (var (atom, _) in monomial.Factors)
                if (name(atom.Name))
                    return true;
        return false;
    }

    public static Polynomial operator +(Polynomial a, Polynomial b)
    {
        if (a._terms.IsEmpty || b._terms.IsEmpty)
            return a._terms.IsEmpty ? b : a;
        if (a.AsConstant is { } x && b.AsConstant is { } y)
            return Constant(checked(x + y));
        return Collect(a._terms.Concat(b._terms));
    }

    public static Polynomial operator *(Polynomial a, Polynomial b)
    {
        if (a.AsConstant is { } x)
            return b.Scale(x);
        if (b.AsConstant is { } y)
            return a.Scale(y);
        return Collect(from s in a._terms from t in b._terms select (s.Monomial * t.Monomial, checked(s.Coefficient * t.Coefficient)));
    }

    /// <summary>Division by a number; null when it is not exact.</summary>
    public Polynomial? TryDivide(long divisor)
    {
        if (divisor == 0 || _terms.Any(t => t.Coefficient % divisor != 0))
            return null;
        return new Polynomial([.. _terms.Select(t => (t.Monomial, t.Coefficient / divisor))]);
    }

    public Polynomial Substitute(Func<Atom, Polynomial?> replacement)
    {
        var terms = new List<(Monomial, long)>();
        foreach (var (monomial, coefficient) in _terms)
        {
            var (kept, product) = (ImmutableArray.CreateBuilder<(Atom, int)>(), (Polynomial?)null);
            foreach (var factor in monomial.Factors)
                if (replacement(factor.Atom) is not { } value)
                    kept.Add(factor);
                else
                    for (var i = 0; i < factor.Power; i++)
                        product = product is null ? value : product * value;
            if (product is null)
                terms.Add((monomial, coefficient));
            else
                terms.AddRange(product._terms.Select(t => (new Monomial(kept.ToImmutable()) * t.Monomial, checked(coefficient * t.Coefficient))));
        }
        return Collect(terms);
    }

    public long Evaluate(Func<Atom, long> value) => _terms.Aggregate(0L, (sum, term) =>
        checked(sum + term.Monomial.Factors.Aggregate(term.Coefficient, (product, f) =>
        {
            for (var i = 0; i < f.Power; i++)
                product = checked(product * value(f.Atom));
            return product;
        })));

    /// <summary>The text, in parentheses where it would not bind as one factor.</summary>
    public string AsFactor() => _terms.Length > 1 || AsConstant is < 0 ? $"({this})" : ToString();

    public bool Equals(Polynomial? other) => other is not null && _terms.AsSpan().SequenceEqual(other._terms.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as Polynomial);

    public override int GetHashCode() => _terms.Aggregate(0, (h, t) => HashCode.Combine(h, t.Monomial, t.Coefficient));

    public override string ToString()
    {
        if (_terms.IsEmpty)
            return "0";
        var text = new System.Text.StringBuilder();
        foreach (var (monomial, coefficient) in _terms)
        {
            var magnitude = Math.Abs((decimal)coefficient).ToString(System.Globalization.CultureInfo.InvariantCulture);
            var term = monomial.Factors.IsEmpty ? magnitude : magnitude == "1" ? monomial.ToString() : $"{magnitude}·{monomial}";
            text.Append(text.Length == 0 ? (coefficient < 0 ? "-" : "") : coefficient < 0 ? " - " : " + ").Append(term);
        }
        return text.ToString();
    }

    private Polynomial Scale(long factor) => factor switch
    {
        0 => Zero,
        1 => this,
        _ => new Polynomial([.. _terms.Select(t => (t.Monomial, checked(t.Coefficient * factor)))]),
    };

    private static Polynomial Collect(IEnumerable<(Monomial, long)> terms)
    {
        var sums = new Dictionary<Monomial, long>();
        foreach (var (monomial, coefficient) in terms)
            sums[monomial] = checked(sums.GetValueOrDefault(monomial) + coefficient);
        return new Polynomial([.. sums.Where(s => s.Value != 0).OrderBy(s => s.Key).Select(s => (s.Key, s.Value))]);
    }
}
