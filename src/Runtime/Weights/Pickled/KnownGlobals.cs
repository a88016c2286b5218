namespace Mllm.Runtime.Weights.Pickled;

/// <summary>What is made where a pickle calls one of the names that it may use.</summary>
internal enum GlobalRole
{
    OrderedDict,
    TensorV1,
    TensorV2,
    TensorV3,
    Parameter,
    Size,
    Device,
    Dtype,
    Storage,
    EncodedText,
    ByteArray,
    Set,
}

/// <summary>
/// The whole list of names that a pickle may use. Each stands for plain data that is built here; every other name is
/// refused, whatever it would do.
/// </summary>
internal static class KnownGlobals
{
    private static readonly Dictionary<string, GlobalRole> Roles = new(StringComparer.Ordinal)
    {
        ["collections.OrderedDict"] = GlobalRole.OrderedDict,
        ["torch._utils._rebuild_tensor"] = GlobalRole.TensorV1,
        ["torch._utils._rebuild_tensor_v2"] = GlobalRole.TensorV2,
        ["torch._utils._rebuild_tensor_v3"] = GlobalRole.TensorV3,
        ["torch._utils._rebuild_parameter"] = GlobalRole.Parameter,
        ["torch.Size"] = GlobalRole.Size,
        ["torch.device"] = GlobalRole.Device,
        // How bytes and sets are written by protocol 2, which has no signs for them.
        ["_codecs.encode"] = GlobalRole.EncodedText,
        ["builtins.bytearray"] = GlobalRole.ByteArray,
        ["__builtin__.bytearray"] = GlobalRole.ByteArray,
        ["builtins.set"] = GlobalRole.Set,
        ["__builtin__.set"] = GlobalRole.Set,
        ["builtins.frozenset"] = GlobalRole.Set,
        ["__builtin__.frozenset"] = GlobalRole.Set,
    };

    /// <summary>What the name stands for, or null where it is not on the list.</summary>
    public static PickleGlobal? Find(string module, string name)
    {
        var full = $"{module}.{name}";
        if (Roles.TryGetValue(full, out var role)) return new PickleGlobal(full, role);
        if (module is "torch" or "torch.cuda" or "torch.storage" && ElementType.OfStorage(name) is { } element)
            return new PickleGlobal(full, GlobalRole.Storage, element);
        return module == "torch" && ElementType.OfDtype(name) is { } dtype ? new PickleGlobal(full, GlobalRole.Dtype, dtype) : null;
    }
}
