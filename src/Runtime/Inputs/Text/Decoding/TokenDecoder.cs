using System.Text;

namespace Mllm.Runtime.Inputs;

/// <summary>
/// One step on the way from tokens to text: takes tokens one after the other and hands on what they become.
/// </summary>
internal abstract class DecodeStep
{
    public abstract void Push(string token, Action<string> next);

    /// <summary>Called once, after the last token.</summary>
    public virtual void Finish(Action<string> next)
    {
    }
}

/// <summary>How a step is to work.</summary>
/// <param name="Streaming">Hand on whatever can no longer change; otherwise wait until a run of tokens is complete.</param>
/// <param name="Fused">An earlier step has joined all tokens, so the strings that arrive are parts of one.</param>
internal readonly record struct DecodeMode(bool Streaming, bool Fused);

/// <summary>A kind of step; each text that is decoded gets a fresh one.</summary>
/// <param name="Start">Makes the step.</param>
/// <param name="Fuses">True if all that comes after it is one string.</param>
internal sealed record DecodeStepKind(Func<DecodeMode, DecodeStep> Start, bool Fuses = false);

/// <summary>The steps of one text, chained.</summary>
internal sealed class DecodeChain
{
    private readonly DecodeStep[] _steps;
    private readonly Action<string>[] _next;

    /// <param name="kinds">The steps in order; none means that tokens are joined by blanks.</param>
    /// <param name="streaming">See <see cref="DecodeMode"/>.</param>
    /// <param name="text">Receives the text.</param>
    public DecodeChain(IReadOnlyList<DecodeStepKind> kinds, bool streaming, StringBuilder text)
    {
        if (kinds.Count == 0)
        {
            kinds = [DecodeSteps.JoinWithBlanks];
        }

        _steps = new DecodeStep[kinds.Count];
        _next = new Action<string>[kinds.Count];
        bool fused = false;
        for (int i = 0; i < kinds.Count; i++)
        {
            _steps[i] = kinds[i].Start(new(streaming, fused));
            fused |= kinds[i].Fuses;
        }

        for (int i = 0; i < kinds.Count; i++)
        {
            int following = i + 1;
            _next[i] = following < kinds.Count
                ? part => _steps[following].Push(part, _next[following])
                : part => text.Append(part);
        }
    }

    public void Push(string token) => _steps[0].Push(token, _next[0]);

    public void Finish()
    {
        for (int i = 0; i < _steps.Length; i++)
        {
            _steps[i].Finish(_next[i]);
        }
    }
}
