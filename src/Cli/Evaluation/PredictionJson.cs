using System.Collections.Immutable;
using System.Text.Json;
using Mllm.Runtime.Data;
using Mllm.Runtime.Evaluation;

namespace Mllm.Cli;

/// <summary>What a model gave for one sample, as a line of JSON.</summary>
internal static class PredictionJson
{
    /// <param name="field">A field of the record that is written too, or null.</param>
    public static string Of(Prediction prediction, string? field) => JsonText.Object(
        json =>
        {
            Place(json, prediction.Sample);
            json.WriteString("user", prediction.User);
            json.WriteString("prediction", prediction.Text);
            json.WriteList("references", prediction.References, json.WriteStringValue);
            json.WriteNumber("exact_match", prediction.ExactMatch);
            json.WriteNumber("token_f1", prediction.TokenF1);
            json.Number("loss", prediction.Loss.Mean);
            json.WriteNumber("tokens", prediction.Loss.Tokens);
            json.WriteString("stop_reason", prediction.Finish.ToString().ToLowerInvariant());
            if (field is not null)
                json.WriteString(field, prediction.Sample.Fields.GetValueOrDefault(field));
        },
        isOneLine: true);

    /// <param name="best">The texts that score highest, the best first.</param>
    /// <param name="rank">The rank of the best right text.</param>
    public static string Of(Sample picture, ImmutableArray<(string Text, double Score)> best, int rank) => JsonText.Object(
        json =>
        {
            Place(json, picture);
            json.WriteNumber("rank", rank);
            json.WriteList("best", best, candidate =>
            {
                json.WriteStartObject();
                json.WriteString("text", candidate.Text);
                json.Number("score", candidate.Score);
                json.WriteEndObject();
            });
        },
        isOneLine: true);

    private static void Place(Utf8JsonWriter json, Sample sample)
    {
        json.WriteString("file", sample.Place.File);
        json.WriteNumber("line", sample.Place.Line);
        json.WriteList("pictures", sample.Pictures, json.WriteStringValue);
    }
}
