using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Mllm.Compiler.Diagnostics;
using Mllm.Compiler.Diagnostics.Catalog;
using Mllm.Compiler.Text;

namespace Mllm.Compiler.Import;

/// <summary>Turns a reference configuration into an architecture file, by the <c>config</c> sections of the shipped models.</summary>
public static partial class ModelImport
{
    /// <summary>Writes the file; null where an error was found. What is given has been compiled: it has no errors.</summary>
    /// <param name="config">A <c>config.json</c>.</param>
    /// <param name="name">What the model is to be called; null for the shipped name.</param>
    /// <param name="path">The name of the new file, for findings about it.</param>
    public static Stage<string?> Run(SourceText config, string? name = null, string path = "imported.mllm")
    {
        var file = ConfigFile.Parse(config);
        if (file.Value is null)
            return new(null, file.Diagnostics);
        var found = ShippedConfigs.Find(file.Value);
        var findings = found.Diagnostics;
        if (found.Value is not { } reading)
            return new(null, findings);
        // A configuration that the section refuses is not this model's: what else it has is of no interest.
        if (findings.Any(f => f.Code is HyperparameterErrors.Requirement or ImportErrors.PartType))
            return new(null, findings);
        findings = [.. findings, .. reading.Unread.Select(n => ImportErrors.UnreadKey(n.Path, reading.Model.Name.Text, n.Key))];
        if (found.HasErrors)
            return new(null, findings);
        var text = ImportedText.Of(reading, name, Head(file.Value));
        var compilation = Compilation.Load(new SourceText(path, text), _ => null);
        var faults = compilation.Check();
        if (ImportedText.WithoutForeignKeys(compilation.Model, faults) is { } mended)
        {
            text = mended;
            faults = Compilation.Load(new SourceText(path, text), _ => null).Check();
        }
        findings = [.. findings, .. faults];
        return new(findings.Any(d => d.Severity == Severity.Error) ? null : text, findings);
    }

    /// <summary>What the file was made from. A name is given if it is one that others know: a path on somebody's machine says nothing.</summary>
    private static string Head(ConfigFile config)
    {
        var type = config.ModelType is { } known ? $"of model_type \"{known}\"" : "without a model_type";
        var name = config.Text("_name_or_path") is { } given && PublicName().IsMatch(given) ? $", {given}" : "";
        return $"Made by `mllmc import` from a configuration {type}{name}.";
    }

    [GeneratedRegex(@"\A[A-Za-z0-9][\w.-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?\z", RegexOptions.ECMAScript)]
    private static partial Regex PublicName();
}
