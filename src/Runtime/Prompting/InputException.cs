namespace Mllm.Runtime.Prompting;

/// <summary>What a user gave a model does not fit it: the message says what was found and what was expected.</summary>
public sealed class InputException(string message) : Exception(message);
