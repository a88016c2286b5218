using System.Collections.Immutable;
using System.Text.Json;

namespace Mllm.Runtime.Training.Watching;

/// <summary>
/// run.json: what a run was made of and what came of it, enough to repeat it elsewhere. It holds no absolute path, no host's and no user's name.
/// </summary>
/// <param name="File">The architecture file.</param>
/// <param name="Imports">The files it imports, directly or not, the library's too.</param>
/// <param name="Variant">The variant's name; null for the defaults.</param>
/// <param name="Settings">What the command or run.yaml set beyond the fields here, by name.</param>
/// <param name="Stages">The stages of the run in their order.</param>
/// <param name="Device">For instance "cpu".</param>
/// <param name="Dtype">The dtype computed in, for instance "bf16".</param>
/// <param name="Threads">Threads that LibTorch computes with.</param>
/// <param name="Started">When the first process of the run began; kept when it is resumed.</param>
/// <param name="Ended">When the last step of the last stage was taken; null before that.</param>
public sealed record RunManifest(
    HashedFile File, ImmutableArray<HashedFile> Imports, string? Variant, ImmutableSortedDictionary<string, string> Settings,
    ImmutableArray<StageManifest> Stages, ulong Seed, string Device, string Dtype, int Threads, RunVersions Versions,
    DateTimeOffset Started, DateTimeOffset? Ended = null)
{
    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>The manifest; null where there is no file.</returns>
    /// <exception cref="JsonException">if the file is no manifest</exception>
    public static RunManifest? Read(string path) =>
        System.IO.File.Exists(path)
            ? JsonSerializer.Deserialize(System.IO.File.ReadAllBytes(path), RunManifestJson.Own.RunManifest) ?? throw new JsonException($"{path} is no run manifest")
            : null;

    /// <summary>The manifest as indented JSON that ends in a line break.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, RunManifestJson.Own.RunManifest) + "\n";

    /// <summary>Writes the file beside and renames it: a reader finds the last whole one.</summary>
    /// <exception cref="IOException">if it cannot be written; the file is then as it was</exception>
    public void Write(string path) => WholeFile.Write(path, System.Text.Encoding.UTF8.GetBytes(ToJson()));

    /// <summary>This run as a continuation of an earlier process's: its start, and how far its stages came where they have the same name.</summary>
    public RunManifest Continuing(RunManifest earlier) => this with
    {
        Started = earlier.Started,
        Stages = [.. Stages.Select(s => earlier.Stages.FirstOrDefault(e => e.Name == s.Name) is { } e ? s with { Taken = e.Taken, FinalLoss = e.FinalLoss } : s)],
    };

    /// <summary>The same after <paramref name="step"/> steps of a stage, the last of which had this loss; null where that is not known or no number.</summary>
    public RunManifest After(string stage, long step, double? loss) => this with
    {
        Stages = [.. Stages.Select(s => s.Name == stage ? s with { Taken = step, FinalLoss = loss is { } l && double.IsFinite(l) ? l : null } : s)],
    };
}

/// <summary>One stage of a run.</summary>
/// <param name="Steps">Optimiser steps that it has.</param>
/// <param name="Batch">Samples of a micro-batch.</param>
/// <param name="Accumulation">Micro-batches of a step.</param>
/// <param name="Taken">Steps taken so far.</param>
/// <param name="FinalLoss">The loss of the last step taken; null before the first.</param>
public sealed record StageManifest(
    string Name, long Steps, int Batch, int Accumulation, ImmutableArray<DataManifest> Data, long Taken = 0, double? FinalLoss = null)
{
    /// <summary>Samples seen so far, repetitions counted.</summary>
    public long Samples => Taken * Batch * Accumulation;
}

/// <summary>One file or folder of data. <see cref="Path"/> is relative.</summary>
/// <param name="Samples">Records in it.</param>
/// <param name="Bytes">Bytes of the file, or of all files of the folder.</param>
/// <param name="Sha256">The file's hash, or that of the list of names and sizes of the folder's files; null where it was not taken.</param>
public sealed record DataManifest(string Path, long Samples, long Bytes, string? Sha256);
