using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>What one compilation shares: its findings and its budget of work.</summary>
internal sealed class CompileContext(DiagnosticBag bag)
{
    private const long WorkLimit = 3_000_000;
    private const int DepthLimit = 96;

    private long _work;
    private bool _exhausted;

    public DiagnosticBag Bag => bag;

    public int Depth { get; private set; }

    public void Report(Diagnostic diagnostic) => bag.Add(diagnostic);

    /// <summary>Counts one unit of compile-time work; false once the budget is spent, which is reported once.</summary>
    public bool Spend(Span span)
    {
        if (++_work <= WorkLimit)
            return true;
        if (!_exhausted)
            Report(HyperparameterErrors.TooMuchWork("compile-time evaluation", WorkLimit, span));
        _exhausted = true;
        return false;
    }

    /// <summary>Enters one level of nesting; false (and a diagnostic) when that is too deep to be meant.</summary>
    public bool Enter(string name, Span span)
    {
        if (Depth >= DepthLimit)
        {
            Report(NameErrors.Recursion(name, span));
            return false;
        }
        Depth++;
        return true;
    }

    public void Leave() => Depth--;
}
