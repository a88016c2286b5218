using System.Text.Json;

namespace Mllm.Cli.Comparison;

/// <summary>A comparison as one JSON document; <c>docs/comparison.md</c> describes it.</summary>
internal static class ComparisonJson
{
    public static string Of(ComparisonReport report) => JsonText.Object(json =>
    {
        var conditions = report.Request.Conditions;
        json.WriteStartObject("conditions");
        json.WriteList("data", conditions.Data, json.WriteStringValue);
        json.WriteList("test", conditions.Test, json.WriteStringValue);
        json.Number("steps", conditions.Steps);
        json.Number("minutes", conditions.Minutes);
        json.WriteNumber("batch", conditions.Batch);
        json.Number("learning_rate", conditions.LearningRate);
        json.Number("warmup", conditions.Warmup);
        json.WriteList("seeds", conditions.Seeds, json.WriteNumberValue);
        json.WriteString("tokenizer", conditions.Tokenizer);
        json.WriteString("device", report.Models[0].Runs[0].Device);
        json.WriteNumber("prompt_tokens", report.Models[0].Facts.Text);
        json.WriteEndObject();
        json.WriteList("models", report.Models, model => Write(json, model));
        json.WriteList("notes", ComparisonNotes.Differences(report), json.WriteStringValue);
    });

    private static void Write(Utf8JsonWriter json, ComparedModel model)
    {
        var facts = model.Facts;
        json.WriteStartObject();
        json.WriteString("name", model.Contestant.Name);
        json.WriteString("file", model.Contestant.Model.Path);
        json.WriteString("model", facts.Model);
        json.WriteString("variant", facts.Variant);
        json.WriteNumber("parameters", facts.Parameters);
        json.WriteNumber("trainable", facts.Trainable);
        json.Number("visual_tokens", facts.VisualTokens);
        json.Number("visual_tokens_attended", facts.Attended);
        json.Number("encode_operations", facts.Encode);
        json.Number("prefill_operations", facts.Prefill);
        json.Number("decode_operations", facts.Decode);
        json.WriteList("random_to_the_end", model.Random, json.WriteStringValue);
        json.WriteStartObject("figures");
        Write(json, "training_loss", model.Loss);
        Write(json, "seconds_per_step", model.SecondsPerStep);
        foreach (var figure in model.Runs[0].Figures)
            Write(json, $"test_{figure.Key}", model.Test(figure.Name));
        json.WriteEndObject();
        json.WriteList("runs", model.Runs, run =>
        {
            json.WriteStartObject();
            json.WriteNumber("seed", run.Seed);
            json.WriteString("task", run.Task);
            json.Number("training_loss", run.Loss);
            json.Number("seconds_per_step", run.SecondsPerStep);
            json.Number("seconds", run.Seconds);
            json.WriteStartObject("stages");
            foreach (var stage in run.Stages)
                json.WriteNumber(stage.Name, stage.Steps);
            json.WriteEndObject();
            json.WriteStartObject("test");
            foreach (var figure in run.Figures)
                json.Number(figure.Name, figure.Value);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Spread? spread)
    {
        json.WriteStartObject(name);
        json.Number("mean", spread?.Mean);
        json.Number("deviation", spread?.Deviation);
        json.WriteNumber("seeds", spread?.Count ?? 0);
        json.WriteEndObject();
    }
}
