/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/safe-names.h"

static const struct
{
  const char *prefix; /* of the name of the file */
  PartOf part;
} files[] = {
  { "libc.so.6", PART_LIBC },
  { "libc-2.", PART_LIBC },
  { "libpthread.so.0", PART_LIBC },
  { "libpthread-2.", PART_LIBC },
  { "librt.so.1", PART_LIBC },
  { "librt-2.", PART_LIBC },
  { "libdl.so.2", PART_FORBIDDEN },
  { "libdl-2.", PART_FORBIDDEN },
  { "ld-linux", PART_FORBIDDEN },
  { "ld-2.", PART_FORBIDDEN },
  { "ld.so", PART_FORBIDDEN },
  { "libjemalloc", PART_FORBIDDEN },
  { "libtcmalloc", PART_FORBIDDEN },
  { "libmimalloc", PART_FORBIDDEN },
  { "libhoard", PART_FORBIDDEN },
  { "libasan.", PART_FORBIDDEN },
  { "libtsan.", PART_FORBIDDEN },
  { "liblsan.", PART_FORBIDDEN },
  { "libubsan.", PART_FORBIDDEN },
  { "libclang_rt", PART_FORBIDDEN },
  { "libgcc_s.so", PART_FORBIDDEN }, /* unwinds, with the loader's lock */
  { "libasync-inspect-agent", PART_OURS },
  { "memfd:async-inspect-", PART_OURS },
  { "libinspect.so.0", PART_OURS },
};

/* Of libc: calls of the kernel that sleep, and waits. None of them holds a lock of libc's while it
 * does, but for the one that it is asked to wait with. */
static const char *const harmless[] = {
  "accept",
  "accept4",
  "clock_nanosleep",
  "connect",
  "epoll_pwait",
  "epoll_pwait2",
  "epoll_wait",
  "fcntl",
  "fcntl64",
  "fdatasync",
  "flock",
  "fsync",
  "getrandom",
  "ioctl",
  "io_getevents",
  "lockf",
  "lockf64",
  "msgrcv",
  "msgsnd",
  "nanosleep",
  "open64",
  "openat64",
  "pause",
  "poll",
  "ppoll",
  "pread64",
  "preadv",
  "preadv2",
  "pselect",
  "pthread_barrier_wait",
  "pthread_cond_clockwait",
  "pthread_cond_timedwait",
  "pthread_cond_wait",
  "pthread_join",
  "pthread_mutex_lock",
  "pthread_mutex_timedlock",
  "pthread_rwlock_rdlock",
  "pthread_rwlock_wrlock",
  "pwrite64",
  "pwritev",
  "pwritev2",
  "read",
  "readv",
  "recv",
  "recvfrom",
  "recvmmsg",
  "recvmsg",
  "select",
  "semop",
  "sem_clockwait",
  "semtimedop",
  "sem_timedwait",
  "sem_wait",
  "send",
  "sendfile64",
  "sendmmsg",
  "sendmsg",
  "sendto",
  "sigsuspend",
  "sigtimedwait",
  "sigwait",
  "sigwaitinfo",
  "sleep",
  "syscall",
  "thrd_join",
  "thrd_sleep",
  "tcdrain",
  "cnd_wait",
  "cnd_timedwait",
  "mtx_lock",
  "usleep",
  "wait",
  "wait3",
  "wait4",
  "waitid",
  "waitpid",
  "write",
  "writev",
  "__poll",
  "__read",
  "__select",
  "__write",
  "__libc_pread",
  "__nanosleep",
};

/* Of those, what does its waiting in functions that have no name outside of libc, and never allocates. */
static const char *const waits[] = {
  "clock_nanosleep",
  "nanosleep",
  "pthread_barrier_wait",
  "pthread_cond_clockwait",
  "pthread_cond_timedwait",
  "pthread_cond_wait",
  "pthread_mutex_clocklock",
  "pthread_mutex_lock",
  "pthread_mutex_timedlock",
  "pthread_rwlock_rdlock",
  "pthread_rwlock_wrlock",
  "sem_clockwait",
  "sem_timedwait",
  "sem_wait",
  "usleep",
  "sleep",
};

/* The end of another thread. Once it has that, its memory is put away with a lock held that each beginning of a thread
 * takes. */
static const char *const joins[] = {
  "pthread_clockjoin_np",
  "pthread_join",
  "pthread_timedjoin_np",
  "thrd_join",
};

static const char *const idle[] = { "accept",       "accept4",    "epoll_pwait",
                                    "epoll_pwait2", "epoll_wait", "poll",
                                    "ppoll",        "pselect",    "select" };

static const char *const bottoms[] = { "clone", "__clone", "clone3", "__clone3",
                                       "__libc_start_main" };

/* Where another library than libc has these, they ask nobody's memory but its own. */
static const char *const allocators[] = {
  "malloc",         "free",          "calloc", "realloc", "memalign",
  "posix_memalign", "aligned_alloc", "valloc", "pvalloc", "malloc_usable_size",
  "reallocarray",   "free_sized",    "cfree",
};

static const struct
{
  const char *const *names;
  gsize n;
} lists[N_RANGE_KINDS] = {
  [RANGE_HARMLESS] = { harmless, G_N_ELEMENTS (harmless) },
  [RANGE_IDLE] = { idle, G_N_ELEMENTS (idle) },
  [RANGE_WAIT] = { waits, G_N_ELEMENTS (waits) },
  [RANGE_JOIN] = { joins, G_N_ELEMENTS (joins) },
  [RANGE_BOTTOM] = { bottoms, G_N_ELEMENTS (bottoms) },
  [RANGE_FORBIDDEN] = { allocators, G_N_ELEMENTS (allocators) },
};

PartOf
safe_names_get_part (const char *file)
{
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_has_prefix (file, files[i].prefix))
      return files[i].part;
  return PART_PROGRAM;
}

const char *const *
safe_names_list (RangeKind kind, gsize *ret_n)
{
  *ret_n = lists[kind].n;
  return lists[kind].names;
}
