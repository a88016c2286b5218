using Mllm.Compiler.Ir;
using Mllm.Compiler.Types;
using Xunit;

namespace Mllm.Compiler.Tests.Ir;

public sealed class GraphVerifierTests
{
    private static readonly Function Mlp = MakeMlp();

    [Fact]
    public void A_sound_graph_has_no_problems()
    {
        var images = new Sketch("encode");
        var pixels = images.Input("pixels", "[images, 8, 4]", BindingTime.Image);
        var encode = images.Return([.. images.Call(Mlp with { Inputs = Mlp.Inputs }, "vision", "x", 1, pixels)]);
        Assert.Empty(GraphVerifier.Verify(Sketch.Graph("g", [Stack(), encode, Mlp], ("main", "stack"), ("encode", "encode"))));
    }

    [Fact]
    public void Operands_are_defined_before_use()
    {
        var stack = Stack();
        Expect("function stack: node 0 (call mlp): %2 is used before its definition", With(stack with { Nodes = [stack.Nodes[1], stack.Nodes[0], stack.Nodes[2]] }));
        Expect("function stack: results: %9 is used before its definition", With(stack with { Results = [stack.Results[0] with { Id = 9 }] }));
    }

    [Fact]
    public void Ids_are_unique()
    {
        var stack = Stack();
        Expect("function stack: node 1 (call mlp): %2 is defined twice", With(stack with { Nodes = stack.Nodes.SetItem(1, stack.Nodes[1] with { Results = stack.Nodes[0].Results }) }));
    }

    [Fact]
    public void A_value_has_one_type()
    {
        var stack = Stack();
        var stale = stack.Results[0] with { Type = Notation.Type("[n, 5]")! };
        Expect("function stack: results: %4 is used as [n, 5] of Text time, it is defined as [n, 4] of Text time", With(stack with { Results = [stale] }));
    }

    [Theory]
    [InlineData("[n, 8]", "function mlp: node 0 (linear): %1 is [n, 4], the inferred type is [n, 8]")]
    [InlineData("[n, 4]", "function mlp: node 1 (gelu): %2 is [n, 8], the inferred type is [n, 4]")]
    public void Results_are_what_the_op_infers(string type, string problem)
    {
        var wrong = Mlp.Nodes[0].Results[0] with { Type = Notation.Type("[n, 4]")! };
        var nodes = Mlp.Nodes.SetItem(0, Mlp.Nodes[0] with { Results = [wrong] });
        Expect(problem, With(Mlp with { Nodes = type == "[n, 4]" ? nodes.SetItem(1, nodes[1] with { Operands = [wrong] }) : nodes }));
    }

    [Fact]
    public void Constraints_of_ops_hold()
    {
        var norm = new Sketch("f");
        var x = norm.Input("x", "[n, 4]");
        Expect("function f: node 0 (rms_norm): constraint 2 does not hold: the last axis has 4 elements, `dim` is 8", [norm.Return(norm.Op("rms_norm", "dim = 8", "norm", x))]);
    }

    [Fact]
    public void Attributes_are_complete_and_of_their_kinds()
    {
        var linear = (OpNode)Mlp.Nodes[0];
        Expect("its attributes are {in = 4}, expected {in, out, bias, std, transposed}", With(linear with { Attributes = new([linear.Attributes.Entries[0]]) }));
        Expect("out is true, expected int", With(linear with { Attributes = new([linear.Attributes.Entries[0], KeyValuePair.Create("out", (Constant)true), .. linear.Attributes.Entries[2..]]) }));
    }

    [Fact]
    public void Operands_are_those_of_the_op()
    {
        var linear = (OpNode)Mlp.Nodes[0];
        Expect("the operand x is missing", With(linear with { Operands = [null] }));
        Expect("it has 2 operands, expected at most 1", With(linear with { Operands = [Mlp.Inputs[0], Mlp.Inputs[0]] }));
        Expect("linear has no function unembed", With(linear with { Function = "unembed" }));
        Expect("only an attention keeps keys and values", With(linear with { Cached = true }));
    }

    [Fact]
    public void Calls_fit_their_callees()
    {
        var stack = Stack();
        var call = (CallNode)stack.Nodes[0];
        Expect("node 0 (call nothing): the function nothing does not exist", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Callee = "nothing" }) }));
        Expect("node 0 (call mlp): it has 2 operands, mlp takes 1", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Operands = [stack.Inputs[0], stack.Inputs[0]] }) }));
        Expect("node 0 (call mlp): operand 0: axis 1 has 5 elements, expected 4", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Operands = [stack.Inputs[1]] }) }));
        Expect("node 0 (call mlp): no operand has the 1 leading axes that it is lifted over", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Lift = 1 }) }));
        Expect("node 0 (call mlp): no operand has the 3 leading axes that it is lifted over", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Lift = 3 }) }));
        Expect("node 0 (call mlp): %2 is [n, 8], the declared type is [n, 4]", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Results = [call.Results[0] with { Type = Notation.Type("[n, 8]")! }] }) }));
        Expect("node 0 (call mlp): it has 0 results, expected 1", With(stack with { Nodes = stack.Nodes.SetItem(0, call with { Results = [] }) }));
    }

    [Fact]
    public void Result_sizes_come_from_operands()
    {
        var free = Mlp with { Results = [Mlp.Results[0] with { Type = Notation.Type("[k, 4]")! }] };
        Expect("node 0 (call mlp): no operand tells the size k of the results", [Stack(), free]);
    }

    [Fact]
    public void Times_do_not_run_backwards()
    {
        var early = Mlp.Nodes[0] with { Results = [Mlp.Nodes[0].Results[0] with { Time = BindingTime.Image }] };
        Expect("node 0 (linear): %1 is of Image time, an operand of Text time", [Mlp with { Nodes = [early, .. Mlp.Nodes[1..]] }]);
    }

    [Fact]
    public void Nothing_calls_itself()
    {
        var sketch = new Sketch("loop");
        var x = sketch.Input("x", "[n, 4]");
        var loop = sketch.Return(sketch.Call(Mlp, "inner", x));
        var call = (CallNode)loop.Nodes[0];
        Expect("function loop calls itself", [loop with { Nodes = [call with { Callee = "loop" }] }, Mlp]);
        Expect("function mlp calls itself", [loop, Mlp with { Nodes = [call with { Callee = "loop" }] }]);
    }

    [Fact]
    public void Names_are_unique_and_entries_exist()
    {
        Expect("two functions are named mlp", [Stack(), Mlp, Mlp]);
        var graph = Sketch.Graph("g", [Stack(), Mlp], ("main", "stack"));
        Assert.Contains("entry step names the function steps, which does not exist", GraphVerifier.Verify(graph with { Entries = graph.Entries.Add(new("step", "steps")) }));
        Assert.Contains("two entries are named main", GraphVerifier.Verify(graph with { Entries = [.. graph.Entries, .. graph.Entries] }));
        Assert.Contains("two parameters have the path out.weight", GraphVerifier.Verify(graph with { Parameters = [.. graph.Parameters, graph.Parameters[^1]] }));
    }

    [Fact]
    public void Parameters_on_call_chains_are_declared_with_their_shapes()
    {
        var graph = Sketch.Graph("g", [Stack(), Mlp], ("main", "stack"));
        Assert.Equal(["layers.0.fc1.weight", "layers.0.fc2.weight", "layers.1.fc1.weight", "layers.1.fc2.weight", "out.weight"], graph.Parameters.Select(p => p.Path));
        Assert.Equal("mlp: linear uses the parameter layers.1.fc1.weight, which is not declared", string.Join("\n", GraphVerifier.Verify(graph with { Parameters = graph.Parameters.RemoveAt(2) })));
        Assert.Equal("stack: linear uses the parameter out.weight as [4, 4], it is declared as [4, 5]",
            string.Join("\n", GraphVerifier.Verify(graph with { Parameters = graph.Parameters.SetItem(4, graph.Parameters[4] with { Shape = [4, 5] }) })));
        var unused = graph.Parameters[0] with { Path = "post_norm.weight" };
        Assert.Empty(GraphVerifier.Verify(graph with { Parameters = graph.Parameters.Add(unused) }));
    }

    private static Function MakeMlp()
    {
        var f = new Sketch("mlp");
        var x = f.Input("x", "[n, 4]");
        var h = f.Op("gelu", "", "", f.Op("linear", "in = 4, out = 8, bias = false", "fc1", x));
        return f.Return(f.Op("add", "", "", x, f.Op("linear", "in = 8, out = 4, bias = false", "fc2", h)));
    }

    private static Function Stack()
    {
        var f = new Sketch("stack");
        var x = f.Input("x", "[n, 4]");
        f.Input("y", "[n, 5]");
        return f.Return(f.Op("linear", "in = 4, out = 4, bias = false", "out", f.Call(Mlp, "layers.1", f.Call(Mlp, "layers.0", x))));
    }

    private static Function[] With(Function changed) => changed.Name == "mlp" ? [Stack(), changed] : [changed, Mlp];

    private static Function[] With(OpNode linear) => With(Mlp with { Nodes = Mlp.Nodes.SetItem(0, linear) });

    private static void Expect(string problem, Function[] functions) =>
        Assert.Contains(GraphVerifier.Verify(new Graph("g", [.. functions], [], [])), p => p.Contains(problem, StringComparison.Ordinal));
}
