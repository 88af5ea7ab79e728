/* A stand-in for NVIDIA's management library: as much of it as the program asks, in the state that the variable
 * STUB_NVML names. Compiled with -DNO_INIT it lacks the function that everything begins with. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SUCCESS = 0, NOT_SUPPORTED = 3, DRIVER_NOT_LOADED = 9, LIB_RM_VERSION_MISMATCH = 18 };
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;

static int is(const char *state) {
    const char *chosen = getenv("STUB_NVML");
    return chosen && strcmp(chosen, state) == 0;
}

static int text(char *out, unsigned length, const char *value) {
    strncpy(out, value, length);
    return SUCCESS;
}

#ifndef NO_INIT
int nvmlInit_v2(void) {
    if (is("hangs")) for (;;) pause();
    if (is("not-loaded")) return DRIVER_NOT_LOADED;
    if (is("mismatch")) return LIB_RM_VERSION_MISMATCH;
    return SUCCESS;
}
#endif
int nvmlShutdown(void) { return SUCCESS; }
int nvmlSystemGetDriverVersion(char *out, unsigned length) { return text(out, length, "550.54.14"); }
int nvmlSystemGetCudaDriverVersion_v2(int *version) { *version = 12040; return SUCCESS; }
int nvmlDeviceGetCount_v2(unsigned *count) { *count = is("four") ? 4 : 1; return SUCCESS; }
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **device) {
    *device = (void *)(size_t)(index + 1);
    return SUCCESS;
}
int nvmlDeviceGetName(void *device, char *out, unsigned length) { return text(out, length, "Stub RTX 3060"); }
int nvmlDeviceGetCudaComputeCapability(void *device, int *major, int *minor) {
    *major = 8;
    *minor = 6;
    return SUCCESS;
}
int nvmlDeviceGetMemoryInfo_v2(void *device, memory_v2 *memory) {
    memory->total = 12ULL << 30;
    memory->free = 11ULL << 30;
    memory->used = 1ULL << 30;
    return SUCCESS;
}
int nvmlDeviceGetTemperature(void *device, int sensor, unsigned *degrees) {
    *degrees = is("hot") ? 97 : 47;
    return SUCCESS;
}
int nvmlDeviceGetTemperatureThreshold(void *device, int kind, unsigned *degrees) { *degrees = 95; return SUCCESS; }
int nvmlDeviceGetCurrentClocksThrottleReasons(void *device, unsigned long long *reasons) {
    *reasons = is("hot") ? 0x40 : 0x1;
    return SUCCESS;
}
int nvmlDeviceGetPersistenceMode(void *device, int *mode) { *mode = !is("hot"); return SUCCESS; }
int nvmlDeviceGetTotalEccErrors(void *device, int kind, int counter, unsigned long long *count) {
    return NOT_SUPPORTED;
}
int nvmlDeviceGetComputeRunningProcesses_v3(void *device, unsigned *count, void *processes) {
    *count = 0;
    return SUCCESS;
}
/* nvmlDeviceGetGraphicsRunningProcesses_v3 is left out: a fact that cannot be had spoils no other. */
