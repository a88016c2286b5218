namespace Mllm.Runtime.Weights.Pickled;

/// <summary>The catalog of what can be wrong with a pickled checkpoint: MLLM6050 to MLLM6060.</summary>
internal static class PickleErrors
{
    private const string Plain = "tensors, numbers, text and plain containers of them";

    public static WeightsError Refused(string file, string name, long position) =>
        new("MLLM6050", $"the file is refused because it names `{WeightsError.Shown(name)}`", file,
            Found: $"`{WeightsError.Shown(name)}` at byte {SafetensorsErrors.Number(position)}", Expected: Plain);

    public static WeightsError RefusedUse(string file, string what, long position) =>
        new("MLLM6050", $"the file is refused because it holds {what}", file,
            Found: $"{what} at byte {SafetensorsErrors.Number(position)}", Expected: Plain);

    public static WeightsError Malformed(string file, string reason, long position) =>
        new("MLLM6051", $"the pickle cannot be read: {reason}", file, Found: $"that at byte {SafetensorsErrors.Number(position)}");

    public static WeightsError TooLarge(string file, string what, long most) =>
        new("MLLM6052", $"the pickle is too large to be a checkpoint's: {what}", file,
            Expected: $"at most {SafetensorsErrors.Number(most)}");

    public static WeightsError NotTorch(string file, string found) =>
        new("MLLM6053", "the file is not what `torch.save` writes", file, Found: found,
            Expected: "a zip archive that holds data.pkl, or the older format that begins with torch's magic number");

    public static WeightsError BadArchive(string file, string reason) =>
        new("MLLM6054", $"the zip archive cannot be read: {reason}", file);

    public static WeightsError NotStored(string file, string entry, string how) =>
        new("MLLM6055", $"`{WeightsError.Shown(entry)}` is {how} in the zip archive", file,
            Expected: "entries that are stored as they are, as `torch.save` does");

    public static WeightsError BadStorage(string file, string key, string reason) =>
        new("MLLM6056", $"the storage `{WeightsError.Shown(key)}` {reason}", file);

    public static WeightsError BadTensor(string file, string tensor, string reason) =>
        new("MLLM6057", $"{SafetensorsErrors.Tensor(tensor)} is impossible: {reason}", file, tensor);

    public static WeightsError NoStateDict(string file, string found) =>
        new("MLLM6058", "the file holds no state dict", file, Found: found,
            Expected: $"a dict of names and tensors, or one under {string.Join(", ", StateDict.Wrappers.Select(w => $"`{w}`"))}");

    public static WeightsError DuplicateKey(string file, string key, long position) =>
        new("MLLM6059", $"a dict of the pickle holds the key `{WeightsError.Shown(key)}` twice", file,
            Found: $"the second at byte {SafetensorsErrors.Number(position)}", Expected: "each key once");

    public static WeightsError OtherDtype(string file, string tensor, string dtype) =>
        new("MLLM6060", $"{SafetensorsErrors.Tensor(tensor)} has the dtype {dtype}, which is not read", file, tensor,
            Expected: $"one of {WeightDtypes.Accepted}");

}

/// <summary>Ends the reading of a file with an error; it never leaves <see cref="TorchFile.Open"/>.</summary>
internal sealed class RefusedException(WeightsError error) : Exception(error.Message)
{
    public WeightsError Error => error;
}
