using System.Collections.Immutable;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Lowering;
using Mllm.Compiler.Model;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>Evaluates how a stage trains: its optimizer, its schedule, and the numbers that are said by themselves.</summary>
internal sealed class StageSettings(CompileContext context, Lowerer lowerer, BoundModel model)
{
    public const string OptimizerKey = "optimizer", ScheduleKey = "schedule", MomentumKey = "momentum", ClipKey = "clip";
    private const string AdamW = "adamw", Rate = "lr", Decay = "weight_decay", Warmup = "warmup", Floor = "floor";

    private static readonly ImmutableArray<Formal> OptimizerFormals =
        [new(Rate, "float", false, null), new(Decay, "float", true, null), new("betas", "[float]", true, null), new("eps", "float", true, null)];

    private static readonly ImmutableArray<Formal> GroupFormals = [new(Rate, "float?", true, null), new(Decay, "float?", true, null)];

    private static readonly ImmutableArray<string> Schedules = [.. Enum.GetNames<ScheduleKind>().Select(n => n.ToLowerInvariant())];

    private readonly Evaluator _evaluator = new(context, lowerer);

    /// <summary>The one setting with a key; a second one is reported.</summary>
    public StageSettingSyntax? Single(StageSyntax stage, string key)
    {
        var settings = stage.Entries.OfType<StageSettingSyntax>().Where(s => s.Key.Text == key).ToList();
        foreach (var second in settings.Skip(1))
            context.Report(NameErrors.DuplicateMember(second.Key, settings[0].Key.Span));
        return settings.FirstOrDefault();
    }

    /// <summary>The optimizer; null where there is none, or after an error, which has been reported.</summary>
    public StageOptimizer? Optimizer(StageSyntax stage)
    {
        if (Single(stage, OptimizerKey) is not { } setting || Method(setting, [AdamW], "adamw(lr: 1e-4)") is not { } method)
            return null;
        var values = Values(method, OptimizerFormals);
        var (first, second) = Betas(method, values[2]);
        return new StageOptimizer(AdamW, AtLeast(method.Name, Rate, values[0], 0, above: true), AtLeast(method.Name, Decay, values[1], 0), first, second,
            AtLeast(method.Name, "eps", values[3], 1e-8, above: true));
    }

    /// <summary>The schedule; null where there is none, or after an error, which has been reported.</summary>
    public StageSchedule? Schedule(StageSyntax stage)
    {
        if (Single(stage, ScheduleKey) is not { } setting || Method(setting, Schedules, "cosine(warmup: 0.03)") is not { } method)
            return null;
        var kind = Enum.Parse<ScheduleKind>(method.Name, ignoreCase: true);
        // A constant rate has no end to come down to.
        ImmutableArray<Formal> formals = [new(Warmup, "float", true, null), .. kind == ScheduleKind.Constant ? ImmutableArray<Formal>.Empty : [new(Floor, "float", true, null)]];
        var values = Values(method, formals);
        var warmup = AtLeast(method.Name, Warmup, values[0], 0);
        if (warmup >= 1 && warmup != Math.Floor(warmup))
            Wrong(method.Name, Warmup, "a number of steps, or a fraction of them below 1", values[0]!.Value);
        var floor = 0.0;
        if (kind != ScheduleKind.Constant && values[1] is { } given && (floor = Number(given.Value)) is not (>= 0 and <= 1))
            Wrong(method.Name, Floor, "a fraction of the rate, from 0 to 1", given);
        return new StageSchedule(kind, warmup, floor);
    }

    /// <summary>What twins keep of themselves in a step; null where nothing is said.</summary>
    public double? Momentum(StageSyntax stage)
    {
        if (Single(stage, MomentumKey) is not { } setting)
            return null;
        if (model.Parts.All(p => p.Role != Role.Twin) && !context.HasErrors)
            context.Report(StageErrors.MomentumWithoutTwin(setting.Span));
        return Scalar(setting, "a number from 0 to 1", n => n is >= 0 and <= 1);
    }

    /// <summary>The largest norm of the gradient; null where nothing is said.</summary>
    public double? Clip(StageSyntax stage) => Single(stage, ClipKey) is { } setting ? Scalar(setting, "a number above 0", n => n > 0 && double.IsFinite(n)) : null;

    /// <summary>The rate and the decay that a group gives.</summary>
    public (double? Rate, double? Decay) Group(CallSyntax group)
    {
        var method = new Called("group", group.Arguments, group.Span);
        var values = Values(method, GroupFormals);
        if (group.Arguments.IsEmpty)
            context.Report(StageErrors.GroupSetsNothing(group.Span));
        return (IsGiven(values[0]) ? AtLeast(method.Name, Rate, values[0], 0, above: true) : null, IsGiven(values[1]) ? AtLeast(method.Name, Decay, values[1], 0) : null);
    }

    private static bool IsGiven((BoundValue Value, Span Span)? value) => value is { Value: not ConstantValue { Constant: NoneConstant } };

    /// <summary>An optimizer or schedule by its name, with its arguments as written.</summary>
    private sealed record Called(string Name, ImmutableArray<ArgumentSyntax> Arguments, Span Span);

    private Called? Method(StageSettingSyntax setting, IReadOnlyCollection<string> known, string example)
    {
        var value = setting.Value;
        while (value is ConditionalSyntax c)
            if (_evaluator.Condition(c.Condition, model.Scope) is { } condition)
                value = condition ? c.Then : c.Else;
            else
                return null;
        var (name, arguments) = value switch
        {
            CallSyntax { Callee: NameSyntax callee } call => (callee, call.Arguments),
            NameSyntax bare => (bare, []),
            _ => (null, []),
        };
        if (name is null && value is not MissingSyntax)
            context.Report(StageErrors.NotAMethod(setting.Key.Text, example, value.Span));
        if (name is null || known.Contains(name.Text))
            return name is null ? null : new Called(name.Text, arguments, value.Span);
        context.Report(StageErrors.UnknownMethod(setting.Key.Text, new Name(name.Text, name.Span), known));
        return null;
    }

    /// <summary>The arguments' values in the order of the formals; null where there is none, or after an error, which has been reported.</summary>
    private ImmutableArray<(BoundValue Value, Span Span)?> Values(Called method, ImmutableArray<Formal> formals)
    {
        var matched = Arguments.Match(context, method.Name, formals, method.Arguments, method.Span, null);
        return [.. matched.Zip(formals, (argument, formal) => argument is not null
            && Arguments.Coerce(context, _evaluator.Evaluate(argument.Value, model.Scope), formal, $"`{formal.Name}` of '{method.Name}'", argument.Value.Span) is { } value
                ? (value, argument.Value.Span) : ((BoundValue, Span)?)null)];
    }

    /// <summary>A number of at least 0, or above it.</summary>
    private double AtLeast(string method, string key, (BoundValue Value, Span Span)? given, double @default, bool above = false)
    {
        if (given is not { } value)
            return @default;
        var number = Number(value.Value);
        if (!double.IsFinite(number) || number < 0 || above && number == 0)
            Wrong(method, key, above ? "a number above 0" : "a number of at least 0", value);
        return number;
    }

    private (double First, double Second) Betas(Called method, (BoundValue Value, Span Span)? given)
    {
        if (given is not { } value)
            return (0.9, 0.999);
        if (value.Value is ListValue { Elements: [var first, var second] } && Number(first) is >= 0 and < 1 and var a && Number(second) is >= 0 and < 1 and var b)
            return (a, b);
        context.Report(WiringErrors.WrongSetting(method.Name, "betas", "two numbers from 0 up to, but not, 1", value.Span.Text, value.Span));
        return default;
    }

    private void Wrong(string method, string key, string expected, (BoundValue Value, Span Span) found) =>
        context.Report(WiringErrors.WrongSetting(method, key, expected, found.Value.Describe, found.Span));

    private double? Scalar(StageSettingSyntax setting, string expected, Func<double, bool> isGood)
    {
        var value = _evaluator.Evaluate(setting.Value, model.Scope);
        if (value.IsError || value is ConstantValue { Constant: NoneConstant })
            return null;
        if (Number(value) is var number && isGood(number))
            return number;
        context.Report(WiringErrors.WrongSetting("stage", setting.Key.Text, expected, value.Describe, setting.Value.Span));
        return null;
    }

    /// <summary>A number as it is; NaN for all else.</summary>
    private static double Number(BoundValue value) => (value as ConstantValue)?.Constant switch
    {
        IntConstant { Size.Value: { } i } => i,
        FloatConstant f => f.Value,
        _ => double.NaN,
    };
}
