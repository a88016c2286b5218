namespace Mllm.Runtime.Training;

/// <summary>Training cannot begin or go on; the message says why, and where the last good checkpoint is.</summary>
public sealed class TrainingException(string message) : Exception(message);
