using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Lowering;

/// <summary>
/// Turns functions of blocks and files into graph functions, one for each distinct setting of a block. Several variants of a model may share one lowerer: what they have
/// in common is lowered once, and its findings are those of all.
/// </summary>
internal sealed class Lowerer(CompileContext context)
{
    private readonly Dictionary<(string Setting, string Function), (Function? Function, ImmutableArray<Diagnostic> Findings)> _lowered = [];
    private readonly List<((string, string) Key, string Title)> _running = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);
    private readonly List<Function> _functions = [];
    private readonly Dictionary<string, Function> _byName = new(StringComparer.Ordinal);

    /// <summary>Goes on with the same functions for another compilation.</summary>
    public void Continue(CompileContext next) => context = next;

    /// <summary>All functions made so far, callees first.</summary>
    public IReadOnlyList<Function> Functions => _functions;

    /// <summary>A block's function; null when its body has errors, which are reported once, or the block itself could not be built.</summary>
    /// <param name="use">Where it is called, for diagnostics.</param>
    public Function? Function(BlockInstance instance, string name, Span use)
    {
        if (instance.IsBroken)
            return null;
        var title = name == "forward" ? instance.BlockName : $"{instance.BlockName}.{name}";
        return Make((instance.Template.SettingKey, name), title, instance.Functions[name], instance.Path, new Scope(instance.Module, instance), instance.Origin, use);
    }

    /// <summary>A free function of a file.</summary>
    public Function? Function(Declaration declaration, Span use)
    {
        var syntax = (FunctionSyntax)declaration.Syntax;
        return Make((syntax.Span.Source.Path, syntax.Name.Text), syntax.Name.Text, syntax, "", new Scope(declaration.Module, null), null, use);
    }

    /// <summary>The function of a name that <see cref="Unique"/> gave.</summary>
    public Function Named(string name) => _byName[name];

    public void Add(Function function)
    {
        _functions.Add(function);
        _byName.Add(function.Name, function);
    }

    /// <summary>A name that no function has yet: the title itself, then with a number.</summary>
    public string Unique(string title)
    {
        var count = _names[title] = _names.GetValueOrDefault(title) + 1;
        return count == 1 ? title : $"{title}#{count}";
    }

    private Function? Make((string, string) key, string title, FunctionSyntax syntax, string path, Scope scope, Origin? origin, Span use)
    {
        if (_lowered.TryGetValue(key, out var known))
        {
            foreach (var finding in known.Findings)
                context.Repeat(finding);
            return known.Function;
        }
        var repeated = _running.FindIndex(r => r.Key == key);
        if (repeated >= 0)
        {
            context.Report(NameErrors.Recursion(title, "calls", [.. _running.Skip(repeated).Select(r => r.Title), title], use));
            return null;
        }
        Function? function = null;
        var (outer, mark) = (context.Origin, context.Mark);
        if (context.Enter(origin, use))
        {
            _running.Add((key, title));
            var before = context.Errors;
            function = Run(new BodyLowering(this, context, syntax, path, scope, title), syntax);
            if (context.Errors > before)
                function = null;
            _running.RemoveAt(_running.Count - 1);
            context.Leave(outer);
        }
        if (function is not null)
            Add(function = function with { Name = Unique(title) });
        _lowered[key] = (function, context.Since(mark));
        return function;
    }

    private Function? Run(BodyLowering body, FunctionSyntax syntax)
    {
        try
        {
            return body.Run();
        }
        catch (OverflowException)
        {
            // Sizes that are computed outside expressions: in the function's types.
            context.Report(HyperparameterErrors.Overflow(syntax.Name.Span));
            return null;
        }
    }
}
