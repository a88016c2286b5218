using System.Text.Json;

namespace Mllm.Cli.Commands;

/// <summary>A run as one JSON document.</summary>
internal static class RunJson
{
    public static string Of(RunReport report) => JsonText.Object(json =>
    {
        SetupJson.Write(json, report.Setup);
        json.WriteList("inputs", report.Setup.Inputs, json.WriteStringValue);
        json.WriteNumber("load_seconds", report.LoadSeconds);
        switch (report)
        {
            case GenerationReport generation:
                Write(json, generation);
                break;
            case ScoreReport scores:
                Write(json, scores);
                break;
            case SampleReport samples:
                Write(json, samples);
                break;
        }
    });

    private static void Write(Utf8JsonWriter json, GenerationReport report)
    {
        json.WriteString("text", report.Text);
        json.WriteList("ids", report.Ids, json.WriteNumberValue);
        json.WriteString("stop_reason", report.StopReason);
        json.WriteNumber("encode_seconds", report.EncodeSeconds);
        json.WriteNumber("prefill_tokens", report.PrefillTokens);
        json.WriteNumber("prefill_seconds", report.PrefillSeconds);
        json.WriteNumber("decode_tokens", report.DecodeTokens);
        json.WriteNumber("decode_seconds", report.DecodeSeconds);
    }

    private static void Write(Utf8JsonWriter json, SampleReport report)
    {
        json.WriteList("pictures", report.Pictures, picture =>
        {
            json.WriteStartObject();
            json.WriteString("picture", picture.Name);
            json.WriteString("text", picture.Text);
            json.WriteString("caption", picture.Caption);
            if (picture.Match is { } match)
            {
                json.WriteBoolean("right", match.IsRight);
                json.WriteNumber("token_f1", match.F1);
            }
            json.WriteEndObject();
        });
        if (report.IsCompared)
        {
            json.WriteNumber("right", report.Right);
            json.WriteNumber("near", report.Near);
        }
        json.WriteNumber("seconds", report.Seconds);
    }

    /// <summary>The scores are a list by picture of lists by text.</summary>
    private static void Write(Utf8JsonWriter json, ScoreReport report)
    {
        json.WriteList("pictures", report.Pictures, json.WriteStringValue);
        json.WriteList("texts", report.Texts, json.WriteStringValue);
        json.WriteList("scores", report.Scores, ofPicture =>
        {
            json.WriteStartArray();
            foreach (var score in ofPicture)
                Number(score);
            json.WriteEndArray();
        });
        json.WriteNumber("score_seconds", report.Seconds);

        // JSON has no infinities and nothing that is no number.
        void Number(double value)
        {
            if (double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }
    }
}
