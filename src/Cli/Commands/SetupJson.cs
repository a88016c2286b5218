using System.Text.Json;

namespace Mllm.Cli.Commands;

/// <summary>What ran, and how, as members of a JSON document.</summary>
internal static class SetupJson
{
    public static void Write(Utf8JsonWriter json, RunSetup setup)
    {
        json.WriteString("model", setup.Model.Model);
        json.WriteString("variant", setup.Model.Variant);
        json.WriteString("task", setup.Task?.Name);
        json.WriteNumber("parameters", setup.Model.Components.Sum(c => c.Parameters));
        json.WriteString("device", setup.Device);
        json.WriteString("dtype", setup.Dtype);
        json.WriteString("weights", setup.Weights);
    }
}
