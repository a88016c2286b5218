using System.Collections.Immutable;
using System.Globalization;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>What an expression can stand for while a model is bound and its functions are lowered.</summary>
public abstract record BoundValue
{
    /// <summary>What it is, as diagnostics say it: with its article, such as <c>the int 3</c> or <c>a list of 2</c>.</summary>
    public abstract string Describe { get; }

    /// <summary>Whether it is or holds something that was reported already.</summary>
    public virtual bool IsError => false;
}

public sealed record ConstantValue(Constant Constant) : BoundValue
{
    public static readonly ConstantValue None = new(new NoneConstant());

    public override string Describe => Constant switch
    {
        NoneConstant => "none",
        IntConstant { Size.Value: null } => $"the size {Constant}, which only the input decides",
        FloatConstant { Value: var f } when Math.Abs(f) < 1e15 && f == Math.Floor(f) => $"the float {f.ToString("F1", CultureInfo.InvariantCulture)}",
        ListConstant l => $"a list of {l.Elements.Length}",
        _ => $"the {Constant.Kind} {Constant}",
    };
}

/// <summary>Something already reported; whatever is made of it stays silent.</summary>
public sealed record ErrorValue : BoundValue
{
    public static readonly ErrorValue Instance = new();

    public override string Describe => "an error";

    public override bool IsError => true;
}

public sealed record ListValue(ImmutableArray<BoundValue> Elements) : BoundValue
{
    public override string Describe => Elements.IsEmpty ? "an empty list" : $"a list of {Elements.Length}";

    public override bool IsError => Elements.Any(e => e.IsError);
}

public sealed record TupleValue(ImmutableArray<BoundValue> Elements) : BoundValue
{
    public override string Describe => $"a tuple of {Elements.Length}";

    public override bool IsError => Elements.Any(e => e.IsError);
}

/// <summary><c>a..b</c>; an open end is null.</summary>
public sealed record RangeValue(Dim? From, Dim? To) : BoundValue
{
    public override string Describe => $"the range {From}..{To}";
}

/// <summary>A tensor inside a function.</summary>
public sealed record TensorValue(Value Value) : BoundValue
{
    public override string Describe => $"a tensor {Value.Type}";
}

/// <summary>A block or primitive with its settings, not yet placed at a path.</summary>
public abstract record Template : BoundValue
{
    public abstract string Name { get; }

    /// <summary>Equal keys mean equal structure.</summary>
    public abstract string SettingKey { get; }
}

public sealed record BlockTemplate(BlockSyntax Block, SourceModule Module, ImmutableArray<KeyValuePair<string, BoundValue>> Hyperparameters) : Template
{
    public override string Name => Block.Name.Text;

    public override string Describe => $"the block '{Name}'";

    /// <summary>The value of a hyperparameter, or null when the block has none of that name.</summary>
    public BoundValue? Find(string name) => Hyperparameters.FirstOrDefault(h => h.Key == name).Value;

    public override string SettingKey { get; } = $"{Block.Span.Source.Path}:{Block.Name.Text}({string.Join(", ", Hyperparameters.Select(h => $"{h.Key}: {KeyOf(h.Value)}"))})";

    private static string KeyOf(BoundValue value) => value switch
    {
        Template t => t.SettingKey,
        ConstantValue c => c.Constant.ToString()!,
        ListValue l => $"[{string.Join(", ", l.Elements.Select(KeyOf))}]",
        _ => value.Describe,
    };
}

public sealed record OpTemplate(Op Op, Attributes Attributes) : Template
{
    public override string Name => Op.Name;

    public override string Describe => $"the primitive '{Name}'";

    public override string SettingKey { get; } = $"{Op.Name}({Attributes})";
}

/// <summary>A placed block or primitive.</summary>
public sealed record InstanceValue(Instance Instance) : BoundValue
{
    public override string Describe => $"an instance of '{Instance.BlockName}'";
}

/// <summary>A text that is given beside the pictures: where an entry names it, its tokens are an input.</summary>
public sealed record TextValue(string Name) : BoundValue
{
    public override string Describe => $"the text '{Name}'";
}

/// <summary>A value of a whole batch by its name: an objective, or a step on the way to one.</summary>
public sealed record BatchValue(string Name, bool IsObjective) : BoundValue
{
    public override string Describe => $"{(IsObjective ? "the objective" : "the batch value")} '{Name}'";
}

/// <summary>What only expressions over a batch may name: see <see cref="BatchTerms"/>.</summary>
public sealed record TermValue(string Name) : BoundValue
{
    public override string Describe => $"the term '{Name}'";
}

/// <summary>A function of an instance, not yet called.</summary>
public sealed record MethodValue(Instance Instance, string Function) : BoundValue
{
    public override string Describe => $"the function '{Function}' of '{Instance.BlockName}'";
}

/// <summary>A block, model or free function by its name.</summary>
public sealed record DeclarationValue(Declaration Declaration) : BoundValue
{
    public override string Describe => Declaration.Syntax switch
    {
        BlockSyntax => $"the block '{Declaration.Syntax.Name}'",
        ModelSyntax => $"the model '{Declaration.Syntax.Name}'",
        _ => $"the function '{Declaration.Syntax.Name}'",
    };
}

/// <summary>A primitive or a compile-time function by its name.</summary>
public sealed record BuiltinValue(string Name) : BoundValue
{
    public override string Describe => $"the primitive '{Name}'";
}

/// <summary>An object of a configuration file; a key that is missing reads as none.</summary>
public sealed record RecordValue(ImmutableDictionary<string, BoundValue> Fields) : BoundValue
{
    public override string Describe => "an object";
}
