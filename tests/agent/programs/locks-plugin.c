/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A plugin for functions of libc, which is never patched itself; counts as that of the toy. */

#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>

#include "../counts.h"
#include "agent/runtime-plugin.h"
#include "emit/process.h"
#include "emit/sys.h"

static int (*real_lock) (pthread_mutex_t *mutex);
static int (*real_signal) (pthread_cond_t *cond);
static int (*real_run) (int (*func) (int), int a);

static Counts nowhere;
static Counts *counts = &nowhere;

static int
hook_lock (pthread_mutex_t *mutex)
{
  __atomic_fetch_add (&counts->locks, 1, __ATOMIC_RELAXED);
  return real_lock (mutex);
}

static int
hook_signal (pthread_cond_t *cond)
{
  __atomic_fetch_add (&counts->signals, 1, __ATOMIC_RELAXED);
  return real_signal (cond);
}

/* The other plugin's, where both are there. */
static int
hook_run (int (*func) (int), int a)
{
  __atomic_fetch_add (&counts->run, 100, __ATOMIC_RELAXED);
  return real_run (func, a);
}

static const InspectHook hooks[] = {
  { "pthread_mutex_lock", (void *)hook_lock, (void **)&real_lock },
  { "pthread_cond_signal", (void *)hook_signal, (void **)&real_signal },
  { "toy_run", (void *)hook_run, (void **)&real_run },
};

static int
start (const InspectAgent *lent)
{
  const char *path = emit_process_getenv (COUNTS_ENV);
  int fd = path != NULL ? sys_openat (AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
  void *memory;

  if (fd < 0)
    return -1;
  memory = sys_mmap (NULL, sizeof (Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  sys_close (fd);
  if (sys_is_error (memory))
    return -1;
  counts = memory;
  return lent->lookup ("pthread_mutex_lock") == (void *)real_lock &&
                 lent->lookup_global ("pthread_cond_signal") == (void *)real_signal &&
                 lent->lookup_global ("no_such_function") == NULL
             ? 0
             : -1;
}

static void
stop (void)
{
}

INSPECT_API const InspectRuntimePlugin inspect_runtime_plugin = {
  .size = sizeof (InspectRuntimePlugin),
  .abi = INSPECT_RUNTIME_ABI,
  .id = "locks",
  .hooks = hooks,
  .n_hooks = sizeof hooks / sizeof *hooks,
  .start = start,
  .stop = stop,
};
