using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli.Comparison;

/// <summary>What one model gave with one seed; <c>result.json</c> in its folder, written when everything else is.</summary>
/// <param name="Conditions">A digest of all that decides it: a result under other conditions is not taken for one under these.</param>
/// <param name="Loss">The training loss, mean over the last tenth of the last stage's steps.</param>
/// <param name="SecondsPerStep">The median over all steps.</param>
/// <param name="Seconds">Of all steps.</param>
/// <param name="Begins">For each part where it began: a checkpoint, or fresh numbers.</param>
/// <param name="Task">What was evaluated; null for a model without tasks.</param>
/// <param name="Figures">Of the test data.</param>
internal sealed record ComparedRun(string Conditions, ulong Seed, ImmutableArray<StageSteps> Stages, double Loss, double SecondsPerStep, double Seconds,
    ImmutableArray<KeyValuePair<string, string>> Begins, string? Task, string Device, ImmutableArray<Figure> Figures)
{
    /// <summary>The file's name.</summary>
    public const string File = "result.json";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>The value of a figure of the test data, or null.</summary>
    public double? this[string figure] => Figures.FirstOrDefault(f => f.Name == figure)?.Value;

    /// <summary>What is in a folder; null where the run is not done.</summary>
    public static ComparedRun? Read(string folder)
    {
        try
        {
            var path = Path.Combine(folder, File);
            return System.IO.File.Exists(path) ? JsonSerializer.Deserialize<ComparedRun>(System.IO.File.ReadAllText(path), Json) : null;
        }
        catch (JsonException e)
        {
            throw new Failure($"{Path.Combine(folder, File)} is no result of a comparison: {e.Message}");
        }
    }

    /// <summary>Writes it, whole or not at all.</summary>
    public void Write(string folder)
    {
        var partial = Path.Combine(folder, $".{File}.partial");
        System.IO.File.WriteAllText(partial, JsonSerializer.Serialize(this, Json) + "\n");
        System.IO.File.Move(partial, Path.Combine(folder, File), overwrite: true);
    }
}

/// <summary>How long a stage was trained.</summary>
internal sealed record StageSteps(string Name, long Steps);
