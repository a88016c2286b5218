using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Syntax.Ast;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Binding;

/// <summary>What one compilation shares: its findings, its budget of work, and what is being built right now.</summary>
/// <param name="main">The file that the user named: findings about other files point into it.</param>
/// <param name="isBroken">Whether the file has errors already, so that what looks left out may only be unreadable.</param>
/// <param name="unreadable">Where it is.</param>
internal sealed class CompileContext(SourceText main, DiagnosticBag bag, bool isBroken = false, Unreadable? unreadable = null)
{
    /// <summary>Five times what the largest published systems need: 80 layers, or an encoder of a hundred different blocks.</summary>
    private const long WorkLimit = 100_000;
    private const int DepthLimit = 64;

    private readonly HashSet<Site> _sites = [];
    private readonly List<Diagnostic> _reports = [];
    private long _work;
    private int _depth;
    private bool _exhausted;
    private bool _isTooDeep;

    /// <summary>How many errors were reported, repeated ones included.</summary>
    public int Errors { get; private set; }

    /// <summary>How many of them were failed requirements and computations.</summary>
    public int ValueErrors { get; private set; }

    public bool IsBroken => isBroken;

    public bool HasErrors => isBroken || Errors > 0;

    /// <summary>The block that is being built or whose function is being lowered.</summary>
    public Origin? Origin { get; private set; }

    /// <summary>Whether the budget is spent; from then on everything is silent.</summary>
    public bool IsExhausted => _exhausted;

    /// <summary>Keeps a finding, once for each place, with the way that led to it.</summary>
    public void Report(Diagnostic diagnostic) => Repeat(Trail.Mark(diagnostic, Origin, main));

    /// <summary>Keeps a finding of something that was built before, with the way that led to it then.</summary>
    public void Repeat(Diagnostic diagnostic)
    {
        if (diagnostic.Severity == Severity.Error)
            Errors++;
        if (diagnostic.Code is "MLLM3006" or "MLLM3007" or "MLLM3009" or "MLLM3011" or "MLLM3013" or "MLLM3014")
            ValueErrors++;
        _reports.Add(diagnostic);
        if (unreadable?.Hides(diagnostic) != true && _sites.Add(Site.Of(diagnostic)))
            bag.Add(diagnostic);
    }

    /// <summary>How many findings were reported, repeated ones included: a mark for <see cref="Since"/>.</summary>
    public int Mark => _reports.Count;

    /// <summary>What was reported since a mark.</summary>
    public ImmutableArray<Diagnostic> Since(int mark) => [.. _reports.Skip(mark)];

    /// <summary>Findings that are mistakes only if every variant has them.</summary>
    public List<Diagnostic> Suspicions { get; } = [];

    /// <summary>Counts one unit of compile-time work; false once the budget or the stack is spent, which is reported once.</summary>
    public bool Spend(Span span, long work = 1)
    {
        if (_exhausted)
            return false;
        _work += work;
        if (_work <= WorkLimit && RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return true;
        Report(_work > WorkLimit ? HyperparameterErrors.TooMuchWork("building this model", $"{WorkLimit} steps", span) : TooDeep(span));
        _exhausted = true;
        return false;
    }

    /// <summary>Begins to build a block; false (and a diagnostic) when blocks nest too deep to be meant. Must be followed by <see cref="Leave"/> when true.</summary>
    public bool Enter(BlockSyntax block, Span made) => Enter(new Origin(block, made, Origin), made);

    /// <summary>Goes back into something that was built before, to lower a function of it.</summary>
    public bool Enter(Origin? origin, Span use)
    {
        if (_depth >= DepthLimit)
        {
            if (!_isTooDeep)
                Report(TooDeep(use));
            _isTooDeep = true;
            return false;
        }
        _depth++;
        Origin = origin;
        return true;
    }

    /// <param name="before">The origin before the matching <c>Enter</c>.</param>
    public void Leave(Origin? before)
    {
        _depth--;
        Origin = before;
    }

    private static Diagnostic TooDeep(Span span) => HyperparameterErrors.TooMuchWork("the nesting of blocks and functions", $"{DepthLimit} levels", span);
}
