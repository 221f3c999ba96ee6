/* Lets user-mode-linux run on CPUs that have more state than it knows of.
 *
 * It keeps 2,696 bytes of each process' CPU state, which end with the protection keys (Linux 6.1,
 * arch/x86/um/os-Linux/registers.c). A host whose CPUs have AMX takes all of its 11,008 bytes or none (xstateregs_set in
 * arch/x86/kernel/fpu/regset.c), so that the guest's first process would die at once. Preloaded, this puts behind what
 * user-mode-linux knows what a process has that never used the rest: zeros. Linux 6.13 needs it no more.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* Of the state, in 64-bit words: room for what is to come, and the header's bits of what is in use. */
#define ROOM 8192
#define IN_USE 64
/* The bits of what user-mode-linux knows: the protection keys have the last of them. */
#define KNOWN 0x3ff

long ptrace(enum __ptrace_request request, ...)
{
    static long (*real)(enum __ptrace_request, ...);
    /* Not on the stack: a kernel's is small. */
    static uint64_t whole[ROOM];
    static size_t size;

    va_list rest;
    va_start(rest, request);
    long pid = va_arg(rest, long);
    long address = va_arg(rest, long);
    void *data = va_arg(rest, void *);
    va_end(rest);

    if (request == PTRACE_SETREGSET && address == NT_X86_XSTATE) {
        struct iovec *given = data, all = {whole, sizeof whole};
        if (!size && !syscall(SYS_ptrace, PTRACE_GETREGSET, pid, address, &all))
            size = all.iov_len;
        if (given->iov_len < size) {
            memset(whole, 0, size);
            memcpy(whole, given->iov_base, given->iov_len);
            whole[IN_USE] &= KNOWN;
            all.iov_len = size;
            return syscall(SYS_ptrace, request, pid, address, &all);
        }
    }
    if (!real)
        real = (long (*)(enum __ptrace_request, ...))dlsym(RTLD_NEXT, "ptrace");
    return real(request, pid, address, data);
}
