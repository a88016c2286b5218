using System.Collections.Immutable;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Binding;

/// <summary>What an expression can stand for while a model is bound and its functions are lowered.</summary>
public abstract record BoundValue
{
    /// <summary>What it is, as diagnostics say it.</summary>
    public abstract string Describe { get; }
}

public sealed record ConstantValue(Constant Constant) : BoundValue
{
    public static readonly ConstantValue None = new(new NoneConstant());

    public override string Describe => Constant is NoneConstant ? "none" : $"{Constant.Kind} {Constant}";
}

/// <summary>Something already reported; whatever is made of it stays silent.</summary>
public sealed record ErrorValue : BoundValue
{
    public static readonly ErrorValue Instance = new();

    public override string Describe => "an error";
}

public sealed record ListValue(ImmutableArray<BoundValue> Elements) : BoundValue
{
    public override string Describe => $"a list of {Elements.Length}";
}

public sealed record TupleValue(ImmutableArray<BoundValue> Elements) : BoundValue
{
    public override string Describe => $"a tuple of {Elements.Length}";
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

    public override string Describe => $"the block '{Name}'";
}

public sealed record BlockTemplate(BlockSyntax Block, SourceModule Module, ImmutableArray<KeyValuePair<string, BoundValue>> Hyperparameters) : Template
{
    public override string Name => Block.Name.Text;

    public override string SettingKey => $"{Block.Span.Source.Path}:{Block.Name.Text}({string.Join(", ", Hyperparameters.Select(h => $"{h.Key}: {KeyOf(h.Value)}"))})";

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

    public override string SettingKey => $"{Op.Name}({Attributes})";
}

/// <summary>A placed block or primitive.</summary>
public sealed record InstanceValue(Instance Instance) : BoundValue
{
    public override string Describe => $"an instance of '{Instance.BlockName}'";
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
