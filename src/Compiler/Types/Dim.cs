using System.Collections.Immutable;

namespace Mllm.Compiler.Types;

/// <summary>
/// An exact size: a polynomial with integer coefficients over named atoms. Atoms are either runtime sizes (<c>text</c>, <c>images</c>), which have no
/// value yet, or the model's hyperparameters and exact quotients of them, which have one. The same value prints as a formula
/// (<c>(image / patch)^2 + 1</c>) and, with the known atoms put in, as a number (<c>577</c>). Two sizes are equal when their numbers are.
/// </summary>
/// <remarks>Arithmetic is checked: it throws <see cref="OverflowException"/>, which the evaluator turns into a diagnostic.</remarks>
public readonly struct Dim : IEquatable<Dim>
{
    private readonly Polynomial? _formula;
    private readonly Polynomial? _number;

    private Dim(Polynomial formula, Polynomial number)
    {
        _formula = formula;
        _number = number;
    }

    public static Dim Zero => 0;

    public static Dim One => 1;

    private Polynomial FormulaTerms => _formula ?? Polynomial.Zero;

    private Polynomial NumberTerms => _number ?? Polynomial.Zero;

    public static implicit operator Dim(long value)
    {
        var p = Polynomial.Constant(value);
        return new Dim(p, p);
    }

    /// <summary>A size that only the input decides, such as <c>text</c>.</summary>
    public static Dim Symbol(string name)
    {
        var p = Polynomial.Of(new Atom(name, null));
        return new Dim(p, p);
    }

    /// <summary>A known size that formulas show by its name, such as a model's hyperparameter.</summary>
    public static Dim Named(string name, long value) => new(Polynomial.Of(new Atom(name, value)), Polynomial.Constant(value));

    /// <summary>The value, or null while it depends on the input.</summary>
    public long? Value => NumberTerms.AsConstant;

    /// <summary>The name, where it is nothing but one runtime size.</summary>
    internal string? AsSymbol => NumberTerms.AsAtom?.Name;

    /// <summary>The names of the runtime sizes it depends on, in order.</summary>
    public IEnumerable<string> Symbols => NumberTerms.Atoms.Select(a => a.Name);

    /// <summary>Its terms in reading order: a coefficient and a product of runtime sizes, which is empty for the constant.</summary>
    public IEnumerable<(long Coefficient, string Product)> Terms => NumberTerms.Terms.Select(t => (t.Coefficient, t.Monomial.ToString()));

    /// <summary>The size over hyperparameter names, for reading.</summary>
    public string Formula => FormulaTerms.ToString();

    /// <summary>How long the polynomial in runtime sizes is, and how long the formula.</summary>
    internal ((int Terms, int Degree) Number, (int Terms, int Degree) Formula) Extent => (NumberTerms.Extent, FormulaTerms.Extent);

    /// <summary>The same size without its formula: what remains is the number or the polynomial in runtime sizes.</summary>
    public Dim Plain => new(NumberTerms, NumberTerms);

    public static Dim operator +(Dim a, Dim b) => Combine(a, b, (x, y) => x + y);

    public static Dim operator -(Dim a, Dim b) => a + b * -1;

    public static Dim operator *(Dim a, Dim b) => Combine(a, b, (x, y) => x * y);

    public static bool operator ==(Dim a, Dim b) => a.Equals(b);

    public static bool operator !=(Dim a, Dim b) => !a.Equals(b);

    /// <summary>Exact division; false when a remainder is left or the divisor is not a known number.</summary>
    public static bool TryDivide(Dim a, Dim b, out Dim quotient)
    {
        quotient = default;
        if (b.Value is not { } divisor || divisor == 0 || a.NumberTerms.TryDivide(divisor) is not { } number)
            return false;
        var formula = b.FormulaTerms.AsConstant is { } c && a.FormulaTerms.TryDivide(c) is { } exact ? exact
            : number.AsConstant is { } value ? Polynomial.Of(new Atom($"({a.Formula} / {b.FormulaTerms.AsFactor()})", value))
            : number;
        quotient = new Dim(formula, number);
        return true;
    }

    /// <summary>The size with runtime sizes replaced by others.</summary>
    public Dim Substitute(IReadOnlyDictionary<string, Dim> sizes)
    {
        if (!NumberTerms.Mentions(sizes.ContainsKey))
            return this;
        return new Dim(
            FormulaTerms.Substitute(a => a.Value is null && sizes.TryGetValue(a.Name, out var d) ? d.FormulaTerms : null),
            NumberTerms.Substitute(a => sizes.TryGetValue(a.Name, out var d) ? d.NumberTerms : null));
    }

    /// <summary>The number for given runtime sizes.</summary>
    /// <exception cref="KeyNotFoundException">A runtime size is missing.</exception>
    public long Evaluate(IReadOnlyDictionary<string, long> sizes) => NumberTerms.Evaluate(a => sizes[a.Name]);

    private static Dim Combine(Dim a, Dim b, Func<Polynomial, Polynomial, Polynomial> operation)
    {
        var number = operation(a.NumberTerms, b.NumberTerms);
        // Without names, formula and number are one.
        var plain = ReferenceEquals(a.FormulaTerms, a.NumberTerms) && ReferenceEquals(b.FormulaTerms, b.NumberTerms);
        return new(plain ? number : operation(a.FormulaTerms, b.FormulaTerms), number);
    }

    public bool Equals(Dim other) => NumberTerms.Equals(other.NumberTerms);

    public override bool Equals(object? obj) => obj is Dim other && Equals(other);

    public override int GetHashCode() => NumberTerms.GetHashCode();

    public override string ToString() => NumberTerms.ToString();
}
