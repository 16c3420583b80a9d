/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A thread may be stopped anywhere: in the middle of malloc(), of the loader, of a lock of libc's. What
 * is called for it then finds these half changed, or waits for itself. So its stack is followed to its
 * end, across signal handlers, and every frame has to be one of which it is known that it holds nothing:
 * of libc only what sleeps, and what starts threads and programs; of the loader and of allocators none;
 * of the agent and its plugins none that is at work itself. Everything else is the program's own, and
 * what that holds is nothing that libc asks for. Where a frame is not of that kind the thread runs on to
 * where the outermost such frame returns to. */

#include "config.h"

#include "target/safe-point.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "target/image.h"
#include "target/mappings.h"
#include "target/target-private.h"

#define MAX_FRAMES 256u

typedef enum
{
  PART_PROGRAM,   /* the program's own, and its libraries */
  PART_LIBC,      /* libc and what was part of it once */
  PART_FORBIDDEN, /* the loader, allocators, sanitizers */
  PART_OURS,      /* the agent, libinspect, plugins */
  PART_KERNEL,    /* the vdso */
} PartOf;

typedef struct
{
  guint64 begin, end;
  PartOf part;
} Part;

typedef enum
{
  RANGE_HARMLESS,  /* in libc */
  RANGE_IDLE,      /* in libc, and of those what no allocator calls */
  RANGE_WAIT,      /* in libc, and so is all that it calls */
  RANGE_BOTTOM,    /* in libc: nobody has called it */
  RANGE_FORBIDDEN, /* elsewhere */
} RangeKind;

typedef struct
{
  guint64 begin, end;
  RangeKind kind;
} Range;

struct _TargetSafety
{
  int pid;
  int mem_fd;
  GPtrArray *mappings;
  TargetUnwinder *unwinder;
  GArray *parts;              /* Part, by address */
  GArray *ranges;             /* Range */
  gboolean has_own_allocator; /* somewhere else than in libc */
  TargetStack copy;           /* of a thread that sleeps; too big for a stack */
};

/* ---- What is known by name -------------------------------------------------------------------- */

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

static PartOf
get_part (const TargetMapping *mapping)
{
  g_autofree char *name = target_mapping_dup_name (mapping);

  if (g_str_equal (mapping->path, "[vdso]"))
    return PART_KERNEL;
  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    if (g_str_has_prefix (name, files[i].prefix))
      return files[i].part;
  return PART_PROGRAM;
}

static void
add_ranges (TargetSafety *safety, const TargetImage *image, const char *const *names, gsize n,
            RangeKind kind)
{
  for (gsize i = 0; i < n; i++)
    {
      Range range = { 0, 0, kind };
      guint64 size = 0;

      if (!target_image_lookup_sized (image, names[i], &range.begin, &size))
        continue;
      range.end = range.begin + MAX (size, 1);
      g_array_append_val (safety->ranges, range);
    }
}

/* Returns: what the object is a part of */
static PartOf
take_object (TargetSafety *safety, const TargetMapping *mapping, PartOf part)
{
  TargetImage image;
  guint64 address;

  if (!target_image_init_memory (&image, safety->mem_fd, mapping->begin))
    return part;
  if (part == PART_LIBC)
    {
      add_ranges (safety, &image, harmless, G_N_ELEMENTS (harmless), RANGE_HARMLESS);
      add_ranges (safety, &image, idle, G_N_ELEMENTS (idle), RANGE_IDLE);
      add_ranges (safety, &image, waits, G_N_ELEMENTS (waits), RANGE_WAIT);
      add_ranges (safety, &image, bottoms, G_N_ELEMENTS (bottoms), RANGE_BOTTOM);
    }
  else if (part == PART_PROGRAM)
    {
      add_ranges (safety, &image, allocators, G_N_ELEMENTS (allocators), RANGE_FORBIDDEN);
      safety->has_own_allocator |= target_image_lookup (&image, "malloc", &address);
      if (target_image_lookup (&image, "inspect_runtime_plugin", &address))
        return PART_OURS;
    }
  return part;
}

static void
take_mappings (TargetSafety *safety)
{
  PartOf of_object = PART_PROGRAM;
  guint64 inode = 0;

  for (guint i = 0; i < safety->mappings->len; i++)
    {
      const TargetMapping *mapping = safety->mappings->pdata[i];
      Part part = { mapping->begin, mapping->end, get_part (mapping) };

      if (target_mapping_is_object (mapping))
        {
          of_object = take_object (safety, mapping, part.part);
          inode = mapping->inode;
        }
      if (mapping->inode != 0 && mapping->inode == inode)
        part.part = of_object;
      g_array_append_val (safety->parts, part);
    }
}

/* ---- A frame ---------------------------------------------------------------------------------- */

static const Part *
find_part (const TargetSafety *safety, guint64 pc)
{
  guint low = 0, high = safety->parts->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      const Part *part = &g_array_index (safety->parts, Part, middle);

      if (pc >= part->begin && pc < part->end)
        return part;
      if (pc < part->begin)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

static gboolean
is_within (const TargetSafety *safety, guint64 pc, RangeKind kind)
{
  for (guint i = 0; i < safety->ranges->len; i++)
    {
      const Range *range = &g_array_index (safety->ranges, Range, i);

      if (range->kind == kind && pc >= range->begin && pc < range->end)
        return TRUE;
    }
  return FALSE;
}

/* The instruction, where @frame has the one behind a call. */
static guint64
get_pc (const TargetFrame *frame)
{
  return frame->is_activation ? frame->pc : frame->pc - 1;
}

/* Whether libc was called by the program for a wait, and is in nothing else. */
static gboolean
is_part_of_wait (const TargetSafety *safety, const TargetFrame *frames, guint index, guint n)
{
  for (guint i = index; i < n; i++)
    {
      const Part *part = find_part (safety, get_pc (&frames[i]));

      if (part == NULL || part->part != PART_LIBC || (i > index && frames[i].is_activation))
        return FALSE;
      if (is_within (safety, get_pc (&frames[i]), RANGE_WAIT))
        return TRUE;
    }
  return FALSE;
}

/* Frames of the agent's count as at work where nothing of the program lies between them and where the
 * thread is, or what a signal has interrupted. */
static gboolean
is_forbidden (const TargetSafety *safety, const TargetFrame *frames, guint index, guint n,
              gboolean *is_inner)
{
  const TargetFrame *frame = &frames[index];
  const Part *part = find_part (safety, get_pc (frame));

  if (frame->is_activation)
    *is_inner = TRUE;
  if (part == NULL)
    return FALSE; /* code made at run time */
  switch (part->part)
    {
    case PART_KERNEL:
      return FALSE;
    case PART_FORBIDDEN:
      return TRUE;
    case PART_OURS:
      return *is_inner;
    case PART_PROGRAM:
      *is_inner = FALSE;
      return is_within (safety, get_pc (frame), RANGE_FORBIDDEN);
    case PART_LIBC:
      /* What starts threads and programs, which is not known by name; the trampoline that a signal
       * handler returns to. */
      if (index + 2 >= n ||
          (index + 3 >= n && !is_within (safety, get_pc (&frames[n - 1]), RANGE_BOTTOM)))
        return FALSE;
      if (frames[index + 1].is_activation)
        return FALSE;
      return !is_within (safety, get_pc (frame), RANGE_HARMLESS) &&
             !is_part_of_wait (safety, frames, index, n);
    }
  return TRUE;
}

/* ---- A stack ---------------------------------------------------------------------------------- */

/* Where a coroutine of makecontext() returns to: code of libc's that takes the context to go on with from where the
 * stack began. Its unwind tables do not say that nobody has called it. */
static gboolean
is_end_of_context (const TargetSafety *safety, const TargetFrame *frame)
{
  static const guint8 landing[] = { 0xf3, 0x0f, 0x1e, 0xfa }; /* endbr64 */
  static const guint8 code[] = { 0x48, 0x89, 0xdc,            /* mov %rbx, %rsp */
                                 0x48, 0x8b, 0x3c, 0x24 };    /* mov (%rsp), %rdi */
  const Part *part = find_part (safety, frame->pc);
  guint8 bytes[sizeof landing + sizeof code];

  if (frame->is_activation || part == NULL || part->part != PART_LIBC ||
      pread (safety->mem_fd, bytes, sizeof bytes, (off_t)frame->pc) != sizeof bytes)
    return FALSE;
  return memcmp (bytes, code, sizeof code) == 0 ||
         (memcmp (bytes, landing, sizeof landing) == 0 &&
          memcmp (bytes + sizeof landing, code, sizeof code) == 0);
}

/* Returns: how many frames there are up to where a coroutine has begun, with that; 0: it is none */
static guint
count_to_context (const TargetSafety *safety, const TargetFrame *frames, guint n)
{
  for (guint i = 1; i < n; i++)
    if (is_end_of_context (safety, &frames[i]))
      return i + 1;
  return 0;
}

/* The last frame is where the kernel has begun the thread or the program. */
static gboolean
is_whole (const TargetSafety *safety, const TargetFrame *frames, guint n)
{
  const Part *last;

  if (n < 2 || n == MAX_FRAMES)
    return FALSE;
  if (is_within (safety, get_pc (&frames[n - 1]), RANGE_BOTTOM))
    return TRUE;
  /* _start of the program, which libc's start has been called by. */
  last = find_part (safety, get_pc (&frames[n - 1]));
  return last != NULL && last->part == PART_PROGRAM && n >= 3 &&
         is_within (safety, get_pc (&frames[n - 2]), RANGE_BOTTOM);
}

TargetPoint
target_safety_judge (TargetSafety *safety, const TargetStack *stack, int tid, guint64 *ret_until,
                     gboolean *ret_is_idle)
{
  TargetFrame frames[MAX_FRAMES];
  guint n = target_unwinder_walk (safety->unwinder, stack, tid, frames, MAX_FRAMES);
  guint n_of_context = count_to_context (safety, frames, n);
  gboolean is_inner = TRUE;
  gint outermost = -1;

  *ret_is_idle = n > 0 && is_within (safety, get_pc (&frames[0]), RANGE_IDLE);
  /* What the thread was in when it went to a coroutine nobody knows; but no allocator has any of the program's code
   * wait for descriptors. */
  if (n_of_context > 0 && *ret_is_idle)
    n = n_of_context;
  else if (n_of_context > 0 || !is_whole (safety, frames, n))
    return TARGET_POINT_OPAQUE;
  /* Of an allocator that is linked into the program no more is known than what it offers. */
  if (safety->has_own_allocator && !*ret_is_idle)
    return TARGET_POINT_UNKNOWN;
  for (guint i = 0; i < n; i++)
    if (is_forbidden (safety, frames, i, n, &is_inner))
      outermost = (gint)i;
  if (outermost < 0)
    return TARGET_POINT_SAFE;
  if ((guint)outermost + 1 >= n)
    return TARGET_POINT_UNKNOWN;
  *ret_until = frames[outermost + 1].pc;
  return TARGET_POINT_LATER;
}

void
target_safety_prime (TargetSafety *safety, const GArray *tids)
{
  TargetFrame frames[MAX_FRAMES];

  for (guint i = 0; i < tids->len && i < 4; i++)
    {
      int tid = g_array_index (tids, int, i);

      if (target_stack_copy_asleep (safety->pid, tid, &safety->copy))
        target_unwinder_walk (safety->unwinder, &safety->copy, tid, frames, MAX_FRAMES);
    }
}

/* ---- Its life --------------------------------------------------------------------------------- */

TargetSafety *
target_safety_new (int pid, GPtrArray *mappings)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/mem", pid);
  TargetSafety *safety = g_new0 (TargetSafety, 1);

  safety->pid = pid;
  safety->mem_fd = open (path, O_RDONLY | O_CLOEXEC);
  safety->mappings = g_ptr_array_ref (mappings);
  safety->parts = g_array_new (FALSE, FALSE, sizeof (Part));
  safety->ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  safety->unwinder = target_unwinder_new (pid);
  if (safety->mem_fd < 0 || safety->unwinder == NULL)
    {
      target_safety_free (safety);
      return NULL;
    }
  take_mappings (safety);
  return safety;
}

void
target_safety_free (TargetSafety *safety)
{
  if (safety == NULL)
    return;
  if (safety->mem_fd >= 0)
    close (safety->mem_fd);
  target_unwinder_free (safety->unwinder);
  g_array_unref (safety->parts);
  g_array_unref (safety->ranges);
  g_ptr_array_unref (safety->mappings);
  g_free (safety);
}
