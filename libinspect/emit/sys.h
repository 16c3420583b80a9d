/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef EMIT_SYS_H
#define EMIT_SYS_H

/* System calls for code that runs inside a target: straight to the kernel, so that errno is never
 * touched, nothing is a cancellation point, no libc version is needed, and every one is safe in a
 * signal handler and in the child of a fork. All return what the kernel returns: -errno on
 * failure. */

#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

struct iovec;
struct msghdr;
struct pollfd;
struct sockaddr;
struct timespec;

#if defined(__x86_64__)

static inline long
sys_call6 (long number, long a, long b, long c, long d, long e, long f)
{
  long result;
  register long r10 __asm__ ("r10") = d;
  register long r8 __asm__ ("r8") = e;
  register long r9 __asm__ ("r9") = f;

  __asm__ volatile ("syscall"
                    : "=a"(result)
                    : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                    : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

static inline long
sys_call6 (long number, long a, long b, long c, long d, long e, long f)
{
  register long x8 __asm__ ("x8") = number;
  register long x0 __asm__ ("x0") = a;
  register long x1 __asm__ ("x1") = b;
  register long x2 __asm__ ("x2") = c;
  register long x3 __asm__ ("x3") = d;
  register long x4 __asm__ ("x4") = e;
  register long x5 __asm__ ("x5") = f;

  __asm__ volatile ("svc 0"
                    : "+r"(x0)
                    : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                    : "memory", "cc");
  return x0;
}

#else
#error "async-inspect knows x86-64 and aarch64"
#endif

#define SYS_CALL0(number) sys_call6 ((number), 0, 0, 0, 0, 0, 0)
#define SYS_CALL1(number, a) sys_call6 ((number), (long)(a), 0, 0, 0, 0, 0)
#define SYS_CALL2(number, a, b) sys_call6 ((number), (long)(a), (long)(b), 0, 0, 0, 0)
#define SYS_CALL3(number, a, b, c) sys_call6 ((number), (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYS_CALL4(number, a, b, c, d)                                                              \
  sys_call6 ((number), (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)

/** True for what sys_mmap() returns when it failed. */
static inline int
sys_is_error (const void *result)
{
  return (uintptr_t)result > (uintptr_t)-4096L;
}

static inline void *
sys_mmap (void *address, size_t length, int prot, int flags, int fd, int64_t offset)
{
  return (void *)sys_call6 (SYS_mmap, (long)address, (long)length, prot, flags, fd, (long)offset);
}

static inline int
sys_munmap (void *address, size_t length)
{
  return (int)SYS_CALL2 (SYS_munmap, address, length);
}

static inline int
sys_mprotect (void *address, size_t length, int prot)
{
  return (int)SYS_CALL3 (SYS_mprotect, address, length, prot);
}

static inline int
sys_madvise (void *address, size_t length, int advice)
{
  return (int)SYS_CALL3 (SYS_madvise, address, length, advice);
}

static inline int
sys_memfd_create (const char *name, unsigned int flags)
{
  return (int)SYS_CALL2 (SYS_memfd_create, name, flags);
}

static inline int
sys_ftruncate (int fd, int64_t length)
{
  return (int)SYS_CALL2 (SYS_ftruncate, fd, length);
}

static inline int
sys_fcntl (int fd, int command, long argument)
{
  return (int)SYS_CALL3 (SYS_fcntl, fd, command, argument);
}

static inline int
sys_close (int fd)
{
  return (int)SYS_CALL1 (SYS_close, fd);
}

static inline int
sys_openat (int directory, const char *path, int flags, int mode)
{
  return (int)SYS_CALL4 (SYS_openat, directory, path, flags, mode);
}

static inline long
sys_readlinkat (int directory, const char *path, char *buffer, size_t size)
{
  return SYS_CALL4 (SYS_readlinkat, directory, path, buffer, size);
}

static inline long
sys_read (int fd, void *buffer, size_t length)
{
  return SYS_CALL3 (SYS_read, fd, buffer, length);
}

static inline int
sys_socket (int domain, int type, int protocol)
{
  return (int)SYS_CALL3 (SYS_socket, domain, type, protocol);
}

static inline int
sys_getpeername (int fd, void *ret_address, unsigned int *length)
{
  return (int)SYS_CALL3 (SYS_getpeername, fd, ret_address, length);
}

static inline int
sys_connect (int fd, const void *address, unsigned int length)
{
  return (int)SYS_CALL3 (SYS_connect, fd, address, length);
}

static inline long
sys_sendmsg (int fd, const struct msghdr *message, int flags)
{
  return SYS_CALL3 (SYS_sendmsg, fd, message, flags);
}

static inline long
sys_recvmsg (int fd, struct msghdr *message, int flags)
{
  return SYS_CALL3 (SYS_recvmsg, fd, message, flags);
}

static inline int
sys_ppoll (struct pollfd *fds, unsigned int n, const struct timespec *timeout)
{
  return (int)sys_call6 (SYS_ppoll, (long)fds, (long)n, (long)timeout, 0, 0, 0);
}

static inline int
sys_sched_yield (void)
{
  return (int)SYS_CALL0 (SYS_sched_yield);
}

static inline int
sys_getpid (void)
{
  return (int)SYS_CALL0 (SYS_getpid);
}

static inline int
sys_getppid (void)
{
  return (int)SYS_CALL0 (SYS_getppid);
}

static inline int
sys_gettid (void)
{
  return (int)SYS_CALL0 (SYS_gettid);
}

static inline int
sys_tgkill (int pid, int tid, int signal)
{
  return (int)SYS_CALL3 (SYS_tgkill, pid, tid, signal);
}

static inline int
sys_futex (uint32_t *word, int operation, uint32_t value, const struct timespec *timeout)
{
  return (int)SYS_CALL4 (SYS_futex, word, operation, value, timeout);
}

static inline int
sys_clock_gettime (int clock, struct timespec *ret_time)
{
  return (int)SYS_CALL2 (SYS_clock_gettime, clock, ret_time);
}

/* @new_limit and @ret_limit: struct rlimit64 */
static inline int
sys_prlimit64 (int pid, int resource, const void *new_limit, void *ret_limit)
{
  return (int)SYS_CALL4 (SYS_prlimit64, pid, resource, new_limit, ret_limit);
}

static inline int
sys_prctl (int option, unsigned long a)
{
  return (int)sys_call6 (SYS_prctl, option, (long)a, 0, 0, 0, 0);
}

static inline int
sys_rt_sigprocmask (int how, const void *set, void *ret_old, size_t size)
{
  return (int)SYS_CALL4 (SYS_rt_sigprocmask, how, set, ret_old, size);
}

#endif
