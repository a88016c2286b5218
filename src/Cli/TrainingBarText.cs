using System.Globalization;

namespace Mllm.Cli;

/// <summary>How far a stage is, as one line of text.</summary>
/// <param name="Loss">The smoothed loss; NaN before the first step.</param>
/// <param name="TokensPerSecond">Over the last steps, as the two that follow; 0 where not known.</param>
/// <param name="StepsPerSecond">What the time left is reckoned from.</param>
internal sealed record TrainingBarText(
    string Stage, long Step, long Steps, double Loss, double TokensPerSecond, double ImagesPerSecond, double StepsPerSecond)
{
    private const int WidestBar = 30;
    private const int NarrowestBar = 6;

    /// <summary>Eighths of a cell.</summary>
    private static readonly char[] Parts = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

    /// <summary>The line for a terminal of so many columns: the bar gives way first, then the rates, then the time left; never longer than the terminal.</summary>
    public string Fit(int columns)
    {
        var count = Count();
        foreach (var figures in new[] { Join(LossText(), Tokens(), Images(), Left()), Join(LossText(), Tokens(), Left()), Join(LossText(), Left()), Join(LossText()) })
        {
            var room = columns - count.Length - figures.Length - 2;
            if (room >= NarrowestBar)
                return $"{count} {Bar(Math.Min(room, WidestBar))} {figures}".TrimEnd();
            if (columns >= count.Length + 2 + figures.Length && figures.Length > 0)
                return $"{count}  {figures}";
        }
        return count[..Math.Min(count.Length, Math.Max(0, columns))];
    }

    /// <summary>The line for a log, without a bar.</summary>
    public string Plain() => $"{Count()}, {Join(LossText(), Tokens(), Images(), Left())}".TrimEnd(',', ' ');

    private static string Join(params string[] figures) => string.Join(", ", figures.Where(f => f.Length > 0));

    private string Count()
    {
        var steps = Steps.ToString(CultureInfo.InvariantCulture);
        return $"{Stage} {Step.ToString(CultureInfo.InvariantCulture).PadLeft(steps.Length)}/{steps}";
    }

    private string Bar(int width)
    {
        // Two cells go to the ends.
        var cells = width - 2;
        var eighths = Steps > 0 ? (int)Math.Clamp(8.0 * cells * Step / Steps, 0, 8 * cells) : 0;
        var bar = new string('█', eighths / 8) + (eighths % 8 > 0 ? Parts[eighths % 8].ToString() : "");
        return $"▕{bar.PadRight(cells)}▏";
    }

    private string LossText() => double.IsNaN(Loss) ? "" : string.Create(CultureInfo.InvariantCulture, $"loss {Loss:0.000}");

    private string Tokens() => TokensPerSecond > 0 ? $"{Rate(TokensPerSecond)} tokens/s" : "";

    private string Images() => ImagesPerSecond > 0 ? $"{Rate(ImagesPerSecond)} images/s" : "";

    private string Left() => StepsPerSecond > 0 && Step < Steps ? $"{Duration((Steps - Step) / StepsPerSecond)} left" : "";

    private static string Rate(double rate) => rate switch
    {
        < 10 => rate.ToString("0.0", CultureInfo.InvariantCulture),
        < 10_000 => rate.ToString("0", CultureInfo.InvariantCulture),
        _ => (rate / 1000).ToString("0.0", CultureInfo.InvariantCulture) + "k",
    };

    private static string Duration(double seconds)
    {
        var whole = (long)Math.Ceiling(Math.Min(seconds, 359_999_999));
        return whole switch
        {
            < 60 => string.Create(CultureInfo.InvariantCulture, $"{whole} s"),
            < 3600 => string.Create(CultureInfo.InvariantCulture, $"{whole / 60}:{whole % 60:00}"),
            _ => string.Create(CultureInfo.InvariantCulture, $"{whole / 3600}:{whole / 60 % 60:00}:{whole % 60:00}"),
        };
    }
}
