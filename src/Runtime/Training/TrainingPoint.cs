namespace Mllm.Runtime.Training;

/// <summary>Where a run is: all that decides what comes next, beside the tensors. Draws, order and augmentation follow from the seed and these numbers.</summary>
/// <param name="Stage">The stage's place among those of the run, from 0.</param>
/// <param name="Name">The stage's name.</param>
/// <param name="Step">Optimizer steps made.</param>
/// <param name="Position">The position in the stream of samples that comes next.</param>
/// <param name="Queues">For each queue the row that is replaced next.</param>
/// <param name="Loss">The loss of the last step.</param>
/// <param name="Fingerprint">Of everything that decides the run: file, settings, data, seed. A run goes on only from a checkpoint with its own.</param>
public sealed record TrainingPoint(int Stage, string Name, long Step, long Position, long[] Queues, double Loss, string Fingerprint);
