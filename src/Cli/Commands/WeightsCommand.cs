using System.Globalization;
using System.Text;
using System.Text.Json;
using Mllm.Cli.CommandLine;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Text;
using Mllm.Runtime.Weights;

namespace Mllm.Cli.Commands;

internal sealed class WeightsCommand : CliCommand
{
    private static readonly Option From = ModelOptions.From with { IsRequired = true };

    public override string Name => "weights";

    public override string Summary => "compare a checkpoint with a model, or list its tensors";

    public override string Details => """
        Reads the checkpoint's headers alone, so it is quick for any size. With FILE, says which parameters would be
        loaded, and which tensors are missing, unexpected or of the wrong shape; without, lists the tensors. Reads
        safetensors and what torch.save writes (.bin, .pt, .pth), of which it runs nothing. Several checkpoints make one
        model: what a later one holds stands for what earlier ones hold.
        """;

    public override IReadOnlyList<Operand> Operands => [ModelOptions.File with { IsOptional = true }];

    public override IReadOnlyList<Option> Options => [From, ModelOptions.Variant, ModelOptions.Set, ModelOptions.Task, ModelOptions.Json];

    public override IReadOnlyList<string> Examples =>
        ["weights architectures/llava.mllm --variant 1.5-7B --from ~/models/llava-1.5-7b-hf", "weights architectures/llava.mllm --from language-model --from pytorch_model.bin", "weights --from model.safetensors"];

    public override int Run(Arguments arguments, Host host)
    {
        var opened = host.Runtime.Checkpoint(arguments.All(From));
        if (opened.Value is null)
        {
            ShowErrors(opened.Errors.Select(Finding), arguments, host.Terminal);
            return ExitCode.Findings;
        }
        using var checkpoints = opened.Value;
        if (arguments.Operands.Count == 0)
        {
            host.Terminal.Out.Write(arguments.Has(ModelOptions.Json) ? ToJson(checkpoints) : ToText(checkpoints));
            return ExitCode.Ok;
        }
        if (!host.Runtime.Compare(ModelOptions.Read(arguments), checkpoints).TryTake(arguments, host, out var report))
            return ExitCode.Findings;
        host.Terminal.Out.WriteLine((arguments.Has(ModelOptions.Json) ? report.ToJson() : report.ToText()).TrimEnd());
        host.Terminal.Out.Flush();
        if (!arguments.Has(ModelOptions.Json) && !report.IsExact)
            host.Terminal.Error.Write("\n" + Renderer.Render(report.Errors.Select(Finding), host.Terminal.ErrorStyle));
        return report.IsExact ? ExitCode.Ok : ExitCode.Findings;
    }

    /// <summary>A checkpoint's error in the form that all findings have: its file has no lines to show.</summary>
    private static Diagnostic Finding(WeightsError error)
    {
        var notes = new[] { error.Found is { } found ? $"found: {found}" : null, error.Expected is { } expected ? $"expected: {expected}" : null };
        return new Diagnostic(error.Code, Severity.Error, error.Message, new Label(new Span(new SourceText(error.File, ""), 0, 0), ""))
        {
            Help = notes.Any(n => n is not null) ? string.Join('\n', notes.Where(n => n is not null)) : null,
        };
    }

    private static void ShowErrors(IEnumerable<Diagnostic> errors, Arguments arguments, Terminal terminal)
    {
        if (arguments.Has(ModelOptions.Json))
            terminal.Out.Write(JsonRenderer.Render(errors));
        else
            terminal.Error.Write(Renderer.Render(errors, terminal.ErrorStyle));
    }

    private static string ToText(CheckpointSources checkpoints) => string.Join('\n', checkpoints.All.Select(ToText));

    private static string ToText(CheckpointSource checkpoint)
    {
        var text = new StringBuilder();
        var entries = checkpoint.Tensors.Values.Select(t => t.Entry).ToList();
        var rows = entries.Select(e => (Name: WeightsError.Shown(e.Name), Dtype: e.Dtype.ToString(), Shape: TensorEntry.Print(e.Shape))).ToList();
        var name = rows.Select(r => r.Name.Length).DefaultIfEmpty(0).Max();
        var dtype = rows.Select(r => r.Dtype.Length).DefaultIfEmpty(0).Max();
        foreach (var row in rows)
            text.Append($"{row.Name.PadRight(name)}  {row.Dtype.PadRight(dtype)}  {row.Shape}\n");
        if (!checkpoint.Aside.IsEmpty)
            text.Append($"beside the tensors: {string.Join(", ", checkpoint.Aside)}\n");
        var totals = new[]
        {
            Count(rows.Count, "tensor"), Count(entries.Sum(e => e.Elements), "element"), Count(checkpoint.TensorBytes, "byte"), Count(checkpoint.Files.Length, "file"),
        };
        return text.AppendJoin(", ", totals).Append('\n').ToString();
    }

    private static string Count(long number, string noun) => string.Create(CultureInfo.InvariantCulture, $"{number:N0} {noun}{(number == 1 ? "" : "s")}");

    // One checkpoint is one object; several are a list of such objects.
    private static string ToJson(CheckpointSources checkpoints) => JsonText.Object(json =>
    {
        if (checkpoints.All is [var only])
            Write(json, only);
        else
            json.WriteList("checkpoints", checkpoints.All, checkpoint =>
            {
                json.WriteStartObject();
                Write(json, checkpoint);
                json.WriteEndObject();
            });
    });

    private static void Write(Utf8JsonWriter json, CheckpointSource checkpoint)
    {
        json.WriteString("path", checkpoint.Path);
        json.WriteNumber("files", checkpoint.Files.Length);
        json.WriteNumber("bytes", checkpoint.TensorBytes);
        json.WriteList("tensors", checkpoint.Tensors.Values, tensor =>
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("dtype", tensor.Entry.Dtype.ToString());
            json.WriteList("shape", tensor.Entry.Shape, json.WriteNumberValue);
            json.WriteString("file", tensor.File.Path);
            json.WriteEndObject();
        });
        json.WriteList("aside", checkpoint.Aside, json.WriteStringValue);
    }
}
