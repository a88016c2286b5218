namespace Mllm.Runtime.Inputs;

/// <summary>
/// Strips the start and the end of a text that arrives in parts: the first parts lose what the start may lose, and
/// what the end may lose is held back until more follows.
/// </summary>
internal sealed class StripStreamStep(char content, int start, int stop) : DecodeStep
{
    private int _leftToStrip = start;
    private int _held;

    public override void Push(string part, Action<string> next)
    {
        int from = 0;
        while (_leftToStrip > 0 && from < part.Length && part[from] == content)
        {
            (from, _leftToStrip) = (from + 1, _leftToStrip - 1);
        }

        if (from == part.Length)
        {
            return;
        }

        _leftToStrip = 0;
        int trailing = part.Length - from - part.AsSpan(from).TrimEnd(content).Length;
        if (trailing == part.Length - from)
        {
            trailing += _held;
            _held = Math.Min(trailing, stop);
            next(new string(content, trailing - _held));
        }
        else
        {
            string held = new(content, _held);
            _held = Math.Min(trailing, stop);
            next(held + part[from..^_held]);
        }
    }
}
