using Mllm.Compiler.Ir;
using Mllm.Runtime.Model;
using TorchSharp;
using static TorchSharp.torch;

namespace Mllm.Runtime.Execution;

/// <summary>An entry, ready to run: constants apart, everything else in order, each value's last use known.</summary>
internal sealed class LinkedProgram
{
    private readonly Lock _refreshing = new();
    private readonly Instruction[] _constants;
    private readonly int[] _kept;
    private readonly List<Register> _registers;
    private readonly bool[] _isKept;
    private long _parametersAt = -1, _constantsAt = -1;
    private Tensor[] _keptValues = [];

    public LinkedProgram(CompiledModel model, string name, Function entry, SizeTable sizes, List<Register> registers, List<Instruction> instructions, int[] results)
    {
        (Model, Name, Entry, Sizes, Results, _registers) = (model, name, entry, sizes, results, registers);
        _constants = [.. instructions.Where(i => i.Constant is not null)];
        Instructions = [.. instructions.Where(i => i.Constant is null)];
        bool IsConstant(int register) => register >= 0 && registers[register].Constant is not null;
        _kept = [.. Instructions.SelectMany(i => i.Operands).Concat(results).Where(IsConstant).Distinct()];
        _isKept = [.. Enumerable.Range(0, registers.Count).Select(r => _kept.Contains(r))];
        // A result that is an input, a constant or another result too is given out as a handle of its own.
        OwnResults = [.. results.Select((r, i) => r >= entry.Inputs.Length && !IsConstant(r) && Array.IndexOf(results, r) == i)];
        PlanReleases(Instructions, r => r >= entry.Inputs.Length && !IsConstant(r) && !results.Contains(r));
        PlanReleases(_constants, r => !_kept.Contains(r));
        Segments = Segment.Of(Instructions, results);
    }

    public CompiledModel Model { get; }

    public string Name { get; }

    public Function Entry { get; }

    public SizeTable Sizes { get; }

    /// <summary>Everything that inputs decide, in order.</summary>
    public Instruction[] Instructions { get; }

    /// <summary>The calls of repeated layers among them that may run again for their gradient.</summary>
    public Segment[] Segments { get; }

    public int RegisterCount => _registers.Count;

    /// <summary>Whether a register holds floating-point numbers.</summary>
    public bool IsFloat(int register) => _registers[register].Type.Kind == Mllm.Compiler.Types.ElementKind.Float;

    /// <summary>The registers of the results, and after them those of the masks of some.</summary>
    public int[] Results { get; }

    /// <summary>The results that have a mask, in the masks' order.</summary>
    public int[] Masks { get; init; } = [];

    /// <summary>By result: whether its register holds a tensor of the run's own, made for it alone.</summary>
    public bool[] OwnResults { get; }

    /// <summary>What depends on parameters alone.</summary>
    public ReadOnlySpan<Instruction> Constants => _constants;

    /// <summary>Registers for a run, with the constants in them unless the run is to compute them itself.</summary>
    /// <exception cref="InvalidOperationException">A parameter holds no values yet.</exception>
    public Tensor?[] Prepare(bool withConstants, bool guarded)
    {
        var registers = new Tensor?[_registers.Count];
        lock (_refreshing)
        {
            RefreshParameters();
            if (!withConstants)
                return registers;
            if (_constantsAt != Model.Parameters.Version)
            {
                _keptValues = ComputeConstants(guarded);
                _constantsAt = Model.Parameters.Version;
            }
            for (var i = 0; i < _kept.Length; i++)
                registers[_kept[i]] = _keptValues[i];
        }
        return registers;
    }

    /// <summary>Whether a register's tensor belongs to the model, not to a run.</summary>
    public bool IsKept(int register) => _isKept[register];

    /// <summary>Whether a register's tensor has the axis of rows.</summary>
    public bool IsBatched(int register) => _registers[register].IsBatched;

    private void RefreshParameters()
    {
        if (_parametersAt == Model.Parameters.Version)
            return;
        foreach (var instruction in _constants.Concat(Instructions))
        {
            instruction.Derived = null;
            instruction.Parameters = Array.ConvertAll(instruction.ParameterPaths, path => Model.Parameters.IsMaterialised(path) ? (Tensor)Model.Parameters[path]
                : throw new InvalidOperationException($"parameter '{path}' holds no values yet: load weights or initialise the model"));
        }
        _parametersAt = Model.Parameters.Version;
    }

    private Tensor[] ComputeConstants(bool guarded)
    {
        var pool = Model.Constants;
        using var unrecorded = no_grad();
        var run = new ProgramRun(this, new Tensor?[_registers.Count], [], new RunContext());
        var names = _constants.ToDictionary(i => i.Result, i => i.Constant!);
        if (!_kept.All(r => pool.Find(names[r]) is not null))
            run.Execute(_constants, guarded);
        Tensor[] values = Array.ConvertAll(_kept, r => run.Registers[r] is { } fresh ? pool.Keep(names[r], fresh) : pool.Find(names[r])!);
        run.End();
        return values;
    }

    /// <summary>Notes at each instruction which of the registers that it uses or sets nothing needs later.</summary>
    private static void PlanReleases(Instruction[] instructions, Func<int, bool> isTemporary)
    {
        var needed = new HashSet<int>();
        foreach (var instruction in instructions.Reverse())
            instruction.Releases = [.. instruction.Operands.Append(instruction.Result).Distinct().Where(r => r >= 0 && isTemporary(r) && needed.Add(r))];
    }
}
