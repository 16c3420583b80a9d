/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The plugin of the toy runtime: counts the calls that come through it, in a file that the test
 * maps too (tests/agent/fixture.h). */

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "../counts.h"
#include "agent/runtime-plugin.h"
#include "emit/process.h"
#include "emit/sys.h"

#ifndef TOY_ABI
#define TOY_ABI INSPECT_RUNTIME_ABI
#endif
#ifndef TOY_ID
#define TOY_ID "toy"
#endif
#ifndef TOY_START_RESULT
#define TOY_START_RESULT 0
#endif

static int (*real_add) (int a, int b);
static int (*real_twice) (int a);
static int (*real_run) (int (*func) (int), int a);
static int (*real_absent) (void);
#ifdef TOY_LATE
static int (*real_late) (int a);
#endif

static Counts nowhere;
static Counts *counts = &nowhere;
static const InspectAgent *agent;

static void
count (uint32_t *counter)
{
  __atomic_fetch_add (counter, 1, __ATOMIC_RELAXED);
}

static int
hook_add (int a, int b)
{
  count (&counts->add);
  return real_add (a, b);
}

static int
hook_twice (int a)
{
  count (&counts->twice);
  return real_twice (a);
}

static int
hook_run (int (*func) (int), int a)
{
  agent->settle ();
  count (&counts->run);
  return real_run (func, a);
}

static int
hook_absent (void)
{
  count (&counts->absent);
  return real_absent ();
}

#ifdef TOY_LATE
static int
hook_late (int a)
{
  count (&counts->late);
  return real_late (a);
}
#endif

static const InspectHook hooks[] = {
#ifdef TOY_LATE
  { "caller_add", (void *)hook_late, (void **)&real_late },
#endif
  { "toy_add", (void *)hook_add, (void **)&real_add },
  { "toy_twice", (void *)hook_twice, (void **)&real_twice },
  { "toy_run", (void *)hook_run, (void **)&real_run },
  { "toy_absent", (void *)hook_absent, (void **)&real_absent },
};

static int
start (const InspectAgent *lent)
{
  const char *path = emit_process_getenv (COUNTS_ENV);
  int fd = path != NULL ? sys_openat (AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0) : -1;
  void *memory;

  if (fd >= 0)
    {
      memory = sys_mmap (NULL, sizeof (Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
      sys_close (fd);
      if (!sys_is_error (memory))
        counts = memory;
    }
  agent = lent;
  count (&counts->starts);
  counts->payload = lent->payload;
  /* The replacement of another plugin stands in front of it, where there is one. */
  counts->looks_up = lent->lookup ("toy_twice") != NULL && real_twice != NULL &&
                     lent->lookup ("toy_absent") == NULL && real_absent == NULL &&
                     lent->lookup_global ("toy_run") == lent->lookup ("toy_run");
  *__errno_location () = ENOTSUP; /* whatever a plugin does, the program must not see it */
  return TOY_START_RESULT;
}

static void
stop (void)
{
  count (&counts->stops);
}

INSPECT_API const InspectRuntimePlugin inspect_runtime_plugin = {
  .size = sizeof (InspectRuntimePlugin),
  .abi = TOY_ABI,
  .id = TOY_ID,
  .hooks = hooks,
  .n_hooks = sizeof hooks / sizeof *hooks,
  .start = start,
  .stop = stop,
};
