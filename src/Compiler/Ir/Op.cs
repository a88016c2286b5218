using System.Collections.Immutable;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <summary>
/// One primitive of the language: its operands, attributes, parameters, shape rule and cost, declared here and nowhere else.
/// Ops are found by reflection: adding one is adding a file.
/// </summary>
public abstract class Op
{
    /// <summary>The name in the language.</summary>
    public abstract string Name { get; }

    /// <summary>One sentence for <c>mllmc explain</c>.</summary>
    public abstract string Summary { get; }

    /// <summary>Compile-time settings in order.</summary>
    public virtual ImmutableArray<OpAttribute> Attributes => [];

    /// <summary>Tensor operands of a function in order. Most ops have the one function <c>forward</c>.</summary>
    public abstract ImmutableArray<OpOperand> Operands(string function);

    /// <summary>The functions of an op that owns parameters (an embedding can look up and un-embed).</summary>
    public virtual ImmutableArray<string> Functions => ["forward"];

    /// <summary>Whether any other integer attribute is accepted by name (the axis sizes of <c>rearrange</c>).</summary>
    public virtual bool TakesNamedSizes => false;

    /// <summary>Whether an instance owns parameters for some setting; such an op is a member, the others are called.</summary>
    public virtual bool IsModule => false;

    /// <summary>Whether it can stand for an <c>activation</c>: one operand, same type back, no attributes.</summary>
    public virtual bool IsActivation => false;

    /// <summary>Whether two applications to the same operands differ: then they are neither merged nor computed ahead of a run.</summary>
    public virtual bool IsRandom => false;

    /// <summary>
    /// Whether a gradient flows from a floating-point result to an operand: as a rule to floating-point ones, not to ids and masks. Results that are
    /// ids or masks have no gradient to pass on.
    /// </summary>
    public virtual bool PassesGradient(int operand, TensorType type) => type.Kind == ElementKind.Float;

    /// <summary>What must hold, numbered from 1 in this order; <see cref="InferContext.Violate"/> refers to the number.</summary>
    public virtual ImmutableArray<string> Constraints => [];

    /// <summary>The parameters that one instance owns, relative to its path.</summary>
    public virtual ImmutableArray<OpParameter> Parameters(Attributes attributes) => [];

    /// <summary>Checks the operands and gives the result types.</summary>
    public abstract ImmutableArray<TensorType> Infer(InferContext context);

    /// <summary>Floating-point operations of one application to one sample (a multiply-add is two).</summary>
    public virtual Dim Cost(CostContext context) => 0;

    public override string ToString() => Name;
}

/// <summary>A compile-time setting of an op: <c>Kind</c> is a hyperparameter type (<c>int</c>, <c>[int]</c>, <c>int?</c>, <c>activation</c>, ...), or <c>size</c> for an int that the input may decide; no default means it must be given.</summary>
public sealed record OpAttribute(string Name, string Kind, Constant? Default = null)
{
    /// <summary>Whether a value is of the attribute's kind.</summary>
    public bool Accepts(Constant value) => Accepts(Kind, value);

    private static bool Accepts(string kind, Constant value) => (kind, value) switch
    {
        ([.. var inner, '?'], _) => value is NoneConstant || Accepts(inner, value),
        (['[', .. var inner, ']'], ListConstant list) => list.Elements.All(e => Accepts(inner, e)),
        ("int", IntConstant i) => i.Size.Value is not null,
        ("size", IntConstant) or ("float", FloatConstant or IntConstant) => true,
        _ => kind == value.Kind,
    };
}

/// <summary>A tensor operand of an op; a variadic one takes all further positional operands.</summary>
public sealed record OpOperand(string Name, bool IsOptional = false, bool IsVariadic = false);

/// <summary>A parameter that an op's instance owns: <c>Name</c> is relative (<c>weight</c>), and empty when the instance's path is the parameter's.</summary>
public sealed record OpParameter(string Name, ImmutableArray<Dim> Shape, Initializer Initializer);

/// <summary>How fresh values are drawn.</summary>
public sealed record Initializer(InitializerKind Kind, double Value = 0)
{
    public static readonly Initializer Zeros = new(InitializerKind.Constant, 0);
    public static readonly Initializer Ones = new(InitializerKind.Constant, 1);

    /// <summary>Normal with mean 0 and the given standard deviation.</summary>
    /// <summary>One value everywhere.</summary>
    public static Initializer Constant(double value) => new(InitializerKind.Constant, value);

    public static Initializer Normal(double std) => new(InitializerKind.Normal, std);

    /// <summary>Uniform in [-bound, bound].</summary>
    public static Initializer Uniform(double bound) => new(InitializerKind.Uniform, bound);

    public override string ToString() => FormattableString.Invariant($"{Kind.ToString().ToLowerInvariant()}({Value:G6})");
}

public enum InitializerKind { Constant, Normal, Uniform }

/// <summary>What <see cref="Op.Infer"/> sees: attributes and operand types in, violations out.</summary>
public sealed class InferContext(string function, Attributes attributes, ImmutableArray<TensorType?> operands)
{
    private readonly List<Violation> _violations = [];

    public string Function => function;

    public Attributes Attributes => attributes;

    /// <summary>Operand types by position; null for an optional one that is absent.</summary>
    public ImmutableArray<TensorType?> Operands => operands;

    public IReadOnlyList<Violation> Violations => _violations;

    /// <summary>The type of an operand that is there.</summary>
    public TensorType this[int index] => operands[index] ?? throw new InvalidOperationException($"operand {index} is absent");

    public bool Has(int index) => index < operands.Length && operands[index] is not null;

    /// <summary>Reports that a numbered constraint does not hold.</summary>
    /// <param name="constraint">The number in <see cref="Op.Constraints"/>, from 1.</param>
    /// <param name="operand">The operand at fault, or null for an attribute or the whole.</param>
    /// <param name="message">What was found and what was expected.</param>
    public void Violate(int constraint, int? operand, string message) => _violations.Add(new Violation(constraint, operand, message));
}

/// <summary>A constraint that does not hold.</summary>
public sealed record Violation(int Constraint, int? Operand, string Message);

/// <summary>What <see cref="Op.Cost"/> sees.</summary>
public sealed record CostContext(string Function, Attributes Attributes, ImmutableArray<TensorType?> Operands, ImmutableArray<TensorType> Results)
{
    public TensorType this[int index] => Operands[index] ?? throw new InvalidOperationException($"operand {index} is absent");
}
