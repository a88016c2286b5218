using System.Globalization;
using System.Text.Json;
using Mllm.Runtime.Weights;
using static TorchSharp.torch;

namespace Mllm.Runtime.Training;

/// <summary>
/// The checkpoints of a run: a folder for each, <c>checkpoints/STAGE-STEP</c>, with <c>state.safetensors</c> and, written last, <c>point.json</c>. A folder is made
/// under another name and renamed when it is whole and on the disk, so a name that exists is a checkpoint that can be read.
/// </summary>
public sealed class Checkpoints(string folder, int keep)
{
    private const string State = "state.safetensors", Point = "point.json", Partial = ".partial-";

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>The latest checkpoint, or null.</summary>
    public (string Path, TrainingPoint Point)? Latest()
    {
        if (!Directory.Exists(folder))
            return null;
        var found = Directory.GetDirectories(folder).Select(d => (Path: d, Point: Read(d))).Where(c => c.Point is not null)
            .OrderBy(c => c.Point!.Stage).ThenBy(c => c.Point!.Step).LastOrDefault();
        return found.Point is null ? null : (found.Path, found.Point);
    }

    /// <summary>Writes a checkpoint, and removes those of the stage that are no longer kept.</summary>
    /// <returns>Its folder.</returns>
    /// <exception cref="IOException">It could not be written, as when the disk is full; earlier ones are as they were.</exception>
    public string Write(TrainingPoint point, IEnumerable<KeyValuePair<string, Tensor>> tensors)
    {
        Directory.CreateDirectory(folder);
        foreach (var left in Directory.GetDirectories(folder, Partial + "*"))
            Directory.Delete(left, recursive: true);
        var name = $"{point.Stage + 1}-{point.Name}-{point.Step.ToString("D7", CultureInfo.InvariantCulture)}";
        var (partial, final) = (Path.Combine(folder, Partial + name), Path.Combine(folder, name));
        // The same run has the same numbers at the same step: to replace what is there would only open a moment without it.
        if (Read(final) is { } there && there.Fingerprint == point.Fingerprint)
            return final;
        try
        {
            Directory.CreateDirectory(partial);
            SafetensorsWriter.Write(Path.Combine(partial, State), tensors.Select(t => new TorchTensorData(t.Key, t.Value)));
            using (var file = new FileStream(Path.Combine(partial, Point), FileMode.Create))
            {
                JsonSerializer.Serialize(file, point, Json);
                file.Flush(flushToDisk: true);
            }
            if (Directory.Exists(final))
                Directory.Delete(final, recursive: true);
            Directory.Move(partial, final);
        }
        catch
        {
            if (Directory.Exists(partial))
                Directory.Delete(partial, recursive: true);
            throw;
        }
        foreach (var old in Directory.GetDirectories(folder, $"{point.Stage + 1}-{point.Name}-*").OrderDescending(StringComparer.Ordinal).Skip(Math.Max(1, keep)))
            Directory.Delete(old, recursive: true);
        return final;
    }

    /// <summary>Removes those of a stage, whose result is kept elsewhere.</summary>
    public void Clear(int stage)
    {
        if (!Directory.Exists(folder))
            return;
        foreach (var old in Directory.GetDirectories(folder, $"{stage + 1}-*"))
            Directory.Delete(old, recursive: true);
    }

    /// <summary>The tensors of a checkpoint by name; the caller disposes them.</summary>
    public static Dictionary<string, Tensor> Load(string path) => Tensors(Path.Combine(path, State));

    /// <summary>The tensors of a file by name; the caller disposes them.</summary>
    public static Dictionary<string, Tensor> Tensors(string file)
    {
        var opened = CheckpointSource.Open(file);
        if (!opened.Ok)
            throw new IOException(string.Join("\n", opened.Errors.Select(e => e.Render())));
        using var source = opened.Value!;
        using var reader = new TensorReader();
        return source.Tensors.Values.ToDictionary(t => t.Name, t => reader.Read(t, CPU).DetachFromDisposeScope(), StringComparer.Ordinal);
    }

    private static TrainingPoint? Read(string path)
    {
        try
        {
            return Path.GetFileName(path).StartsWith(Partial, StringComparison.Ordinal) ? null : JsonSerializer.Deserialize<TrainingPoint>(File.ReadAllBytes(Path.Combine(path, Point)));
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            return null;
        }
    }
}
