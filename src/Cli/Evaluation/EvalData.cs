using Mllm.Compiler.Model;
using Mllm.Runtime.Data;
using Mllm.Runtime.Engine;

namespace Mllm.Cli;

/// <summary>The records of an evaluation. A broken one, or one that does not fit the task, is reported with its place and left out, or ends the evaluation.</summary>
/// <param name="warn">Told of each record that is left out.</param>
internal sealed class EvalData(IDataSet data, EvalRequest request, Action<string> warn)
{
    /// <summary>How many samples are decoded before they are asked for.</summary>
    private const int Ahead = 32;

    /// <summary>How many records are looked at.</summary>
    public int Records { get; } = Math.Min(data.Count, request.Limit ?? int.MaxValue);

    /// <summary>How many of them were left out.</summary>
    public int Skipped { get; private set; }

    public string Describe => data.Describe;

    /// <summary>The records that can be read and have an answer, with their numbers.</summary>
    /// <exception cref="Failure">There is none.</exception>
    /// <exception cref="DataException">A record is broken, and none may be.</exception>
    public List<(int Index, Sample Sample)> Read(CancellationToken cancellation)
    {
        var samples = new List<(int, Sample)>();
        for (var i = 0; i < Records; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                var sample = data.Read(i);
                if (sample.Turns[^1].Answer is null)
                    throw new DataException(sample.Place, "has no answer to compare with");
                samples.Add((i, sample));
            }
            catch (DataException problem)
            {
                Skip(problem);
            }
        }
        return samples.Count > 0 ? samples : throw new Failure($"no record of {Describe} can be evaluated");
    }

    /// <summary>Records with their pixels, decoded beside the caller's work; those with a broken picture are left out.</summary>
    /// <param name="indices">Numbers of records; <see cref="LoadedSample.Index"/> is a place among them.</param>
    /// <exception cref="DataException">A picture is broken, and none may be; or all are.</exception>
    public IEnumerable<LoadedSample> Load(ModelProgram program, IReadOnlyList<int> indices, CancellationToken cancellation)
    {
        var specs = program.Encoders.ToDictionary(e => e.Name, e => PictureReader.SpecOf(program, e.Name));
        var options = new LoaderOptions(0, Shuffle: false, Workers: Math.Max(1, Environment.ProcessorCount / 2), Ahead, SkipBroken: !request.IsStrict, Augment: null) { CacheBytes = 0 };
        using var loader = new DataLoader(new Chosen(data, indices), specs, options, Left);
        foreach (var loaded in loader.From(0, indices.Count, cancellation))
            yield return loaded;
    }

    /// <summary>Leaves a record out.</summary>
    /// <exception cref="DataException">No record may be left out.</exception>
    public void Skip(DataException problem)
    {
        if (request.IsStrict)
            throw problem;
        Left($"skipped: {problem.Message}");
    }

    private void Left(string message)
    {
        Skipped++;
        warn(message);
    }

    /// <summary>Some records of a data set, in an order of their own.</summary>
    private sealed record Chosen(IDataSet Data, IReadOnlyList<int> Indices) : IDataSet
    {
        public int Count => Indices.Count;

        public string Describe => Data.Describe;

        public Sample Read(int index) => Data.Read(Indices[index]);
    }
}
