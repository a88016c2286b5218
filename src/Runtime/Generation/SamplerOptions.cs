namespace Mllm.Runtime.Generation;

/// <summary>How the next token is chosen.</summary>
/// <param name="Temperature">Divides the logits; 0 takes the most probable token always (greedy).</param>
/// <param name="TopP">The probability that the most probable tokens must reach together before the others are left out (Holtzman et al., 2020); 1 keeps all.</param>
/// <param name="Seed">Equal seeds give equal choices for equal logits.</param>
public sealed record SamplerOptions(double Temperature = 0, double TopP = 1, ulong Seed = 0)
{
    /// <summary>What is wrong with the numbers, or null.</summary>
    public string? Problem => this switch
    {
        { Temperature: < 0 or double.NaN or double.PositiveInfinity } => $"the temperature is {Temperature}, expected a number from 0 up",
        { TopP: not (> 0 and <= 1) } => $"top-p is {TopP}, expected a number above 0 and up to 1",
        _ => null,
    };
}
