namespace Mllm.Runtime.Execution;

/// <summary>What kind of work a run is: many rows at once (encoding, prompts, training), or one new position for each sequence.</summary>
public enum Phase { Prefill, Decode }
