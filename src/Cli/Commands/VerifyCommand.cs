using System.Globalization;
using System.Text;
using System.Text.Json;
using Mllm.Cli.CommandLine;

namespace Mllm.Cli.Commands;

internal sealed class VerifyCommand : CliCommand
{
    private static readonly Option Golden = new("--golden", "DIR", "model.safetensors, inputs.safetensors, expected.safetensors, config.json") { IsRequired = true };
    private static readonly Option Device = new("--device", "NAME", "auto, cpu, cuda or cuda:N; the default is cpu");

    public override string Name => "verify";

    public override string Summary => "compare a model's results with stored reference results";

    public override string Details => """
        Loads DIR/model.safetensors, or what --from names, into the model that FILE describes, runs
        DIR/inputs.safetensors, and compares with every tensor of DIR/expected.safetensors. The sizes come from
        DIR/config.json where FILE says how. Without FILE, the configuration's model_type decides which architecture it is.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File with { IsOptional = true }];

    public override IReadOnlyList<Option> Options => [Golden, ModelOptions.From, ModelOptions.Variant, ModelOptions.Set, Device, ModelOptions.Json];

    public override IReadOnlyList<string> Examples => ["verify --golden golden/llava", "verify architectures/flamingo.mllm --golden golden/flamingo_opt"];

    public override int Run(Arguments arguments, Host host)
    {
        if (arguments.Operands.Count == 0 && (arguments.Has(ModelOptions.Variant) || arguments.Has(ModelOptions.Set)))
            throw arguments.Wrong("`--variant` and `--set` need FILE");
        var model = arguments.Operands.Count == 0 ? null : ModelOptions.Read(arguments);
        var request = new VerifyRequest(model, arguments.Text(Golden)!, arguments.Text(Device) ?? "cpu") { From = [.. arguments.All(ModelOptions.From)] };
        if (!Directory.Exists(request.Golden))
            throw new Failure($"there is no folder {request.Golden}");
        VerifyReport? report;
        using (var progress = new Progress(host.Terminal, "compiling"))
            if (!host.Runtime.Verify(request, progress, host.Cancellation).TryTake(arguments, host, out report))
                return ExitCode.Findings;
        host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? ToJson(report) : ToText(report));
        return report.Passes ? ExitCode.Ok : ExitCode.Findings;
    }

    private static string ToText(VerifyReport report)
    {
        var text = new StringBuilder($"{report.Setting}\n");
        var rows = report.Rows.Select(r => (string[])[r.Name, Number(r.Difference), Number(r.Tolerance), Verdict(r), r.Remark])
            .Prepend(["tensor", "max abs difference", "tolerance", "verdict", ""]).ToList();
        foreach (var row in rows)
        {
            var numbers = $"{row[1].PadLeft(Width(1))}  {row[2].PadLeft(Width(2))}";
            text.Append($"  {row[0].PadRight(Width(0))}  {numbers}  {row[3].PadRight(Width(3))}  {row[4]}".TrimEnd()).Append('\n');
        }
        var (missed, compared) = (report.Rows.Count(r => !r.Passes), report.Rows.Count(r => r.IsCompared));
        text.Append(missed > 0 ? $"{missed} of {compared} miss" : compared > 0 ? $"all {compared} agree" : "nothing could be compared");
        return text.Append(compared < report.Rows.Length ? $", {report.Rows.Length - compared} not produced\n" : "\n").ToString();

        int Width(int column) => rows.Max(r => r[column].Length);
    }

    private static string Verdict(VerifyRow row) => !row.Passes ? "MISS" : row.IsCompared ? "ok" : "-";

    private static string Number(double? value) => value?.ToString("0.00e+00", CultureInfo.InvariantCulture) ?? "-";

    private static string ToJson(VerifyReport report) => JsonText.Object(json =>
    {
        json.WriteString("setting", report.Setting);
        json.WriteBoolean("passes", report.Passes);
        json.WriteList("tensors", report.Rows, row =>
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            WriteNumber(json, "difference", row.Difference);
            WriteNumber(json, "tolerance", row.Tolerance);
            json.WriteBoolean("compared", row.IsCompared);
            json.WriteBoolean("passes", row.Passes);
            json.WriteString("remark", row.Remark);
            json.WriteEndObject();
        });
    });

    /// <summary>A number, or null where there is none; JSON has no infinities and no NaN, so they are text.</summary>
    private static void WriteNumber(Utf8JsonWriter json, string name, double? value)
    {
        if (value is not { } number)
            json.WriteNull(name);
        else if (double.IsFinite(number))
            json.WriteNumber(name, number);
        else
            json.WriteString(name, number.ToString(CultureInfo.InvariantCulture));
    }
}
