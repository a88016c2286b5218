namespace Mllm.Cli.Training;

/// <summary>What a run's file says that no run can have.</summary>
internal static class RunFileProblem
{
    /// <summary>Refuses numbers that no run can have.</summary>
    public static void Require(RunFile file, string path)
    {
        AtLeast("save_every", file.SaveEvery, 1);
        AtLeast("keep", file.Keep, 1);
        AtLeast("workers", file.Workers, 0);
        AtLeast("threads", file.Threads, 1);
        AtLeast("cache_mib", file.CacheMib, 0);
        foreach (var stage in file.AllSettings)
        {
            AtLeast("batch", stage.Batch, 1);
            AtLeast("accumulate", stage.Accumulate, 1);
            AtLeast("steps", stage.Steps, 1);
            AtLeast("warmup", stage.Warmup, 0);
            AtLeast("learning_rate", stage.LearningRate, 0);
            AtLeast("weight_decay", stage.WeightDecay, 0);
            Above("epochs", stage.Epochs);
            Above("clip", stage.Clip);
            if (stage.Augment?.Problem is { } problem)
                throw new Failure($"{path}: `augment`: {problem}");
        }

        void AtLeast(string name, double? value, double least)
        {
            if (value is { } number && !(number >= least))
                throw new Failure(FormattableString.Invariant($"{path}: `{name}` is {number}: expected at least {least}"));
        }

        void Above(string name, double? value)
        {
            if (value is { } number && !(number > 0))
                throw new Failure(FormattableString.Invariant($"{path}: `{name}` is {number}: expected more than 0"));
        }
    }
}
