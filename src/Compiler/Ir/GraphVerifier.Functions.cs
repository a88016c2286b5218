using System.Collections.Immutable;
using Mllm.Compiler.Ir.Ops;
using Mllm.Compiler.Types;

namespace Mllm.Compiler.Ir;

/// <content>Each function by itself, against the ops and the signatures of its callees.</content>
public static partial class GraphVerifier
{
    private static void VerifyFunction(Function function, Dictionary<string, Function> functions, List<string> problems)
    {
        var defined = new Dictionary<int, Value>();
        foreach (var input in function.Inputs)
            Define(input, "inputs");
        for (var i = 0; i < function.Nodes.Length; i++)
        {
            var node = function.Nodes[i];
            var name = $"node {i} ({Describe(node)})";
            var sound = true;
            foreach (var operand in node.Operands)
                sound &= operand is null || Use(operand, name);
            if (sound)
                foreach (var problem in node is OpNode op ? VerifyOp(op) : VerifyCall((CallNode)node, functions))
                    Report($"{name}: {problem}");
            foreach (var result in node.Results)
                Define(result, name);
        }
        foreach (var result in function.Results)
            Use(result, "results");

        void Report(string problem) => problems.Add($"function {function.Name}: {problem}");

        void Define(Value value, string by)
        {
            if (!defined.TryAdd(value.Id, value))
                Report($"{by}: {value} is defined twice");
        }

        bool Use(Value value, string by)
        {
            if (!defined.TryGetValue(value.Id, out var definition))
                Report($"{by}: {value} is used before its definition");
            else if (!definition.Type.Equals(value.Type) || definition.Time != value.Time)
                Report($"{by}: {value} is used as {value.Type} of {value.Time} time, it is defined as {definition.Type} of {definition.Time} time");
            else
                return true;
            return false;
        }
    }

    private static IEnumerable<string> VerifyOp(OpNode node)
    {
        var op = node.Op;
        if (!op.Functions.Contains(node.Function))
            return [$"{op} has no function {node.Function}"];
        if (node.Cached && op is not AttentionOp)
            return ["only an attention keeps keys and values"];
        if (AttributeProblem(op, node.Attributes) is { } attribute)
            return [attribute];
        if (OperandProblem(op.Operands(node.Function), node.Operands) is { } operands)
            return [operands];

        var context = new InferContext(node.Function, node.Attributes, [.. node.Operands.Select(o => o?.Type)]);
        ImmutableArray<TensorType> inferred;
        try
        {
            inferred = op.Infer(context);
        }
        catch (OverflowException)
        {
            return ["its sizes overflow"];
        }
        var time = node.Operands.Aggregate(BindingTime.Constant, (t, o) => o is not null && o.Time > t ? o.Time : t);
        return context.Violations.Select(v => $"constraint {v.Constraint} does not hold: {v.Message}")
            .Concat(TypeProblems(inferred, node.Results, "inferred"))
            .Concat(node.Results.Where(r => r.Time < time).Select(r => $"{r} is of {r.Time} time, an operand of {time} time"));
    }

    private static string? AttributeProblem(Op op, Attributes attributes)
    {
        var declared = attributes.Entries.Take(op.Attributes.Length).Select(e => e.Key);
        var further = attributes.Entries.Skip(op.Attributes.Length);
        if (!declared.SequenceEqual(op.Attributes.Select(a => a.Name)) || !further.All(e => op.TakesNamedSizes && e.Value is IntConstant))
            return $"its attributes are {{{attributes}}}, expected {{{string.Join(", ", op.Attributes.Select(a => a.Name))}}}";
        return op.Attributes.FirstOrDefault(a => !a.Accepts(attributes[a.Name])) is { } wrong ? $"{wrong.Name} is {attributes[wrong.Name]}, expected {wrong.Kind}" : null;
    }

    private static string? OperandProblem(ImmutableArray<OpOperand> declared, ImmutableArray<Value?> operands)
    {
        if (operands.Length > declared.Length && !declared.Any(d => d.IsVariadic))
            return $"it has {operands.Length} operands, expected at most {declared.Length}";
        if (declared.Where((d, i) => !d.IsOptional && !d.IsVariadic && (i >= operands.Length || operands[i] is null)).FirstOrDefault() is { } missing)
            return $"the operand {missing.Name} is missing";
        return declared.Any(d => d.IsVariadic) && operands.Contains(null) ? "an operand is missing" : null;
    }

    private static IEnumerable<string> VerifyCall(CallNode node, Dictionary<string, Function> functions)
    {
        if (!functions.TryGetValue(node.Callee, out var callee))
            return [$"the function {node.Callee} does not exist"];
        if (node.Operands.Length != callee.Inputs.Length || node.Operands.Contains(null))
            return [$"it has {node.Operands.Count(o => o is not null)} operands, {node.Callee} takes {callee.Inputs.Length}"];
        var lead = node.HiddenFrom(callee);
        if (lead.Length != node.Lift)
            return [$"no operand has the {node.Lift} leading axes that it is lifted over"];
        bool IsLifted(int operand) => node.Operands[operand]!.Type.Rank > callee.Inputs[operand].Type.Rank;
        if (node.Operands.Where((o, i) => IsLifted(i) && !o!.Type.Shape[..node.Lift].AsSpan().SequenceEqual(lead.AsSpan())).FirstOrDefault() is { } uneven)
            return [$"{uneven} is {uneven.Type}, expected the leading axes [{string.Join(", ", lead)}]"];

        var unification = Unifier.Unify([.. callee.Inputs.Select(i => i.Type)], node.SeenBy(callee));
        if (!unification.Succeeded)
            return unification.Failures.Select(f => $"operand {f.Operand}: {f.Message}");
        if (callee.Results.SelectMany(r => r.Type.Shape).SelectMany(d => d.Symbols).FirstOrDefault(s => !unification.Sizes.ContainsKey(s)) is { } free)
            return [$"no operand tells the size {free} of the results"];
        return TypeProblems([.. callee.Results.Select(r => r.Type.Substitute(unification.Sizes)).Select(t => t.WithShape([.. lead, .. t.Shape]))], node.Results, "declared");
    }

    private static IEnumerable<string> TypeProblems(ImmutableArray<TensorType> expected, ImmutableArray<Value> results, string origin)
    {
        if (expected.Length != results.Length)
            return [$"it has {results.Length} results, expected {expected.Length}"];
        return expected.Zip(results).Where(p => !p.First.Equals(p.Second.Type)).Select(p => $"{p.Second} is {p.Second.Type}, the {origin} type is {p.First}");
    }

    private static string Describe(Node node) => node switch
    {
        OpNode { Function: "forward" } op => op.Op.Name,
        OpNode op => $"{op.Op.Name}.{op.Function}",
        CallNode call => $"call {call.Callee}",
        _ => node.ToString(),
    };
}
