using System.Runtime.InteropServices;
using System.Text;

namespace Mllm.Runtime.Native;

/// <summary>Asks the NVIDIA driver for its GPUs, without LibTorch and without taking memory on any of them.</summary>
/// <remarks>Functions and constants: CUDA Driver API and NVML reference manuals. The driver numbers devices as LibTorch does.</remarks>
internal static unsafe class CudaDriver
{
    private const int CapabilityMajorAttribute = 75, CapabilityMinorAttribute = 76;

    /// <summary>The GPUs, none where there is no driver or it does not start. CUDA_VISIBLE_DEVICES is respected.</summary>
    public static IReadOnlyList<CudaDeviceFacts> Devices()
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvcuda.dll" : "libcuda.so.1", out var cuda)) return [];
        var init = (delegate* unmanaged<uint, int>)Function(cuda, "cuInit");
        var getCount = (delegate* unmanaged<int*, int>)Function(cuda, "cuDeviceGetCount");
        var get = (delegate* unmanaged<int*, int, int>)Function(cuda, "cuDeviceGet");
        var getName = (delegate* unmanaged<byte*, int, int, int>)Function(cuda, "cuDeviceGetName");
        var getAttribute = (delegate* unmanaged<int*, int, int, int>)Function(cuda, "cuDeviceGetAttribute");
        var totalMemory = (delegate* unmanaged<nuint*, int, int>)Function(cuda, "cuDeviceTotalMem_v2");
        var getUuid = (delegate* unmanaged<byte*, int, int>)Function(cuda, "cuDeviceGetUuid");
        if (init == null || getCount == null || get == null || getName == null || getAttribute == null || totalMemory == null) return [];

        int count;
        if (init(0) != 0 || getCount(&count) != 0) return [];
        var found = new List<CudaDeviceFacts>();
        var name = stackalloc byte[256];
        var uuid = stackalloc byte[16];
        for (var index = 0; index < count; index++)
        {
            int device, major, minor;
            nuint total;
            if (get(&device, index) != 0 || getName(name, 256, device) != 0 || totalMemory(&total, device) != 0
                || getAttribute(&major, CapabilityMajorAttribute, device) != 0 || getAttribute(&minor, CapabilityMinorAttribute, device) != 0)
                continue;
            var free = getUuid != null && getUuid(uuid, device) == 0 ? FreeMemory(new Guid(new ReadOnlySpan<byte>(uuid, 16), bigEndian: true)) : null;
            found.Add(new(index, Marshal.PtrToStringUTF8((nint)name) ?? "", major, minor, (long)total, free));
        }
        return found;
    }

    /// <summary>A GPU's free memory from the management library, which needs no context on the device; null when it does not say.</summary>
    private static long? FreeMemory(Guid gpu)
    {
        if (!NativeLibrary.TryLoad(OperatingSystem.IsWindows() ? "nvml.dll" : "libnvidia-ml.so.1", out var library)) return null;
        var init = (delegate* unmanaged<int>)Function(library, "nvmlInit_v2");
        var handleOf = (delegate* unmanaged<byte*, nint*, int>)Function(library, "nvmlDeviceGetHandleByUUID");
        var memoryOf = (delegate* unmanaged<nint, ulong*, int>)Function(library, "nvmlDeviceGetMemoryInfo");
        var shutdown = (delegate* unmanaged<int>)Function(library, "nvmlShutdown");
        if (init == null || handleOf == null || memoryOf == null || shutdown == null || init() != 0) return null;

        nint handle;
        var memory = stackalloc ulong[3]; // total, free, used
        bool known;
        fixed (byte* text = Encoding.ASCII.GetBytes($"GPU-{gpu}\0"))
            known = handleOf(text, &handle) == 0 && memoryOf(handle, memory) == 0;
        shutdown();
        return known ? (long)memory[1] : null;
    }

    private static void* Function(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var address) ? (void*)address : null;
}
