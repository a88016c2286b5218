using System.Collections.Immutable;
using Mllm.Compiler.Binding;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Ir;
using Mllm.Compiler.Syntax.Ast;

namespace Mllm.Compiler.Lowering;

/// <summary>Turns functions of blocks and files into graph functions, one for each distinct setting of a block.</summary>
internal sealed class Lowerer
{
    private readonly Dictionary<string, Function?> _functions = new(StringComparer.Ordinal);
    private readonly HashSet<string> _running = [];
    private readonly Dictionary<string, int> _names = new(StringComparer.Ordinal);

    /// <summary>All functions made so far, callees first.</summary>
    public List<Function> Functions { get; } = [];

    /// <summary>A block's function; null when its body has errors, which are reported once.</summary>
    public Function? Function(BlockInstance instance, string name, CompileContext context)
    {
        var syntax = instance.Functions[name];
        var title = name == "forward" ? instance.BlockName : $"{instance.BlockName}.{name}";
        return Make($"{instance.Template.SettingKey}.{name}", title, syntax, instance.Path, new Scope(instance.Module, instance), context);
    }

    /// <summary>A free function of a file.</summary>
    public Function? Function(Declaration declaration, CompileContext context)
    {
        var syntax = (FunctionSyntax)declaration.Syntax;
        return Make($"{syntax.Span.Source.Path}:{syntax.Name}", syntax.Name.Text, syntax, "", new Scope(declaration.Module, null), context);
    }

    /// <summary>A name that no function has yet: the title itself, then with a number.</summary>
    public string Unique(string title)
    {
        var count = _names[title] = _names.GetValueOrDefault(title) + 1;
        return count == 1 ? title : $"{title}#{count}";
    }

    private Function? Make(string key, string title, FunctionSyntax syntax, string path, Scope scope, CompileContext context)
    {
        if (_functions.TryGetValue(key, out var known))
            return known;
        if (!_running.Add(key))
        {
            context.Report(NameErrors.Recursion(title, syntax.Name.Span));
            return null;
        }
        Function? function = null;
        if (context.Enter(title, syntax.Name.Span))
        {
            var before = context.Bag.Count;
            function = new BodyLowering(this, context, syntax, path, scope, title).Run();
            if (context.Bag.ToImmutable().Skip(before).Any(d => d.Severity == Diagnostics.Severity.Error))
                function = null;
            context.Leave();
        }
        _running.Remove(key);
        if (function is not null)
        {
            function = function with { Name = Unique(title) };
            Functions.Add(function);
        }
        return _functions[key] = function;
    }
}
