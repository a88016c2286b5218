namespace Mllm.Runtime.Weights;

/// <summary>The catalog of mismatches between a model and a checkpoint: MLLM6040 to MLLM6043.</summary>
internal static class LoadErrors
{
    public static WeightsError Missing(LoadReport report) =>
        new("MLLM6040", $"the checkpoint does not hold {IndexErrors.Count(report.Missing.Length, "parameter")} of the model",
            report.Source, report.Missing[0].Name,
            Found: $"no `{WeightsError.Shown(report.Missing[0].Name)}`, for `{report.Missing[0].Path}`",
            Expected: report.Renames.IsEmpty ? null : report.Renames[0].Sentence(report.Missing.Length));

    public static WeightsError Unexpected(LoadReport report) =>
        new("MLLM6041", $"the checkpoint holds {IndexErrors.Count(report.Unexpected.Length, "tensor")} that the model has no place for",
            report.Source, report.Unexpected[0].Name,
            Found: $"`{WeightsError.Shown(report.Unexpected[0].Name)}`",
            Expected: "a parameter of the model for it, or a pattern that ignores it");

    public static WeightsError WrongShape(LoadReport report)
    {
        var first = report.WrongShapes[0];
        return new("MLLM6042", $"{IndexErrors.Count(report.WrongShapes.Length, "tensor")} of the checkpoint "
            + $"{(report.WrongShapes.Length == 1 ? "has" : "have")} another shape than the model's parameters",
            report.Source, first.Tensor.Name,
            Found: $"`{WeightsError.Shown(first.Tensor.Name)}` {TensorEntry.Print(first.Tensor.Entry.Shape)}",
            Expected: $"{TensorEntry.Print(first.Expected)} for `{first.Path}`");
    }

    public static WeightsError WrongDtype(LoadReport report)
    {
        var first = report.WrongDtypes[0];
        return new("MLLM6043", $"{IndexErrors.Count(report.WrongDtypes.Length, "tensor")} of the checkpoint "
            + $"{(report.WrongDtypes.Length == 1 ? "holds" : "hold")} no floating-point numbers",
            report.Source, first.Tensor.Name,
            Found: $"`{WeightsError.Shown(first.Tensor.Name)}` of {first.Tensor.Entry.Dtype}",
            Expected: $"a floating-point dtype for `{first.Path}`");
    }
}
