namespace Mllm.Runtime.Weights.Pickled;

/// <summary>What a file made by <c>torch.save</c> consists of, in either of its two formats.</summary>
internal interface ITorchContainer
{
    /// <summary>The object that was saved.</summary>
    PickleValue Object { get; }

    /// <summary>True where numbers stand with their highest byte first.</summary>
    bool IsBigEndian { get; }

    /// <summary>Where in the file a storage's bytes are, without regard to <see cref="PickleStorage.Part"/>.</summary>
    /// <exception cref="RefusedException">MLLM6056 where it is not there, or an error of the container.</exception>
    (long Start, long Length) Locate(PickleStorage storage);
}
