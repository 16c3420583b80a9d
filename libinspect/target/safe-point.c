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
#include "target/safe-names.h"
#include "target/target-private.h"

#define MAX_FRAMES 256u

typedef struct
{
  guint64 begin, end;
  PartOf part;
} Part;

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

static PartOf
get_part (const TargetMapping *mapping)
{
  g_autofree char *name = target_mapping_dup_name (mapping);

  if (g_str_equal (mapping->path, "[vdso]"))
    return PART_KERNEL;
  return safe_names_get_part (name);
}

static void
add_ranges (TargetSafety *safety, const TargetImage *image, RangeKind kind)
{
  gsize n;
  const char *const *names = safe_names_list (kind, &n);

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
      for (RangeKind kind = RANGE_HARMLESS; kind <= RANGE_BOTTOM; kind++)
        add_ranges (safety, &image, kind);
    }
  else if (part == PART_PROGRAM)
    {
      add_ranges (safety, &image, RANGE_FORBIDDEN);
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

/* Whether a thread is where a call of futex() comes back to: it sleeps there, or has done so just now, and has not yet
 * done anything with what it has woken up for. */
static gboolean
is_behind_futex (const TargetSafety *safety, const TargetFrame *frame)
{
  static const guint8 code[] = { 0xb8, 0xca, 0x00, 0x00, 0x00, /* mov $SYS_futex, %eax */
                                 0x0f, 0x05 };                 /* syscall */
  guint8 bytes[sizeof code];

  return frame->is_activation &&
         pread (safety->mem_fd, bytes, sizeof bytes, (off_t)(frame->pc - sizeof bytes)) ==
             sizeof bytes &&
         memcmp (bytes, code, sizeof code) == 0;
}

/* Where the thread is in what @index is a frame of, or was when a signal came. */
static const TargetFrame *
get_innermost (const TargetFrame *frames, guint index)
{
  while (index > 0 && !frames[index].is_activation)
    index--;
  return &frames[index];
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
      if (is_within (safety, get_pc (&frames[i]), RANGE_JOIN))
        return is_behind_futex (safety, get_innermost (frames, index));
    }
  return FALSE;
}

/* Where the kernel has begun a thread: by its name, or by unwind tables of libc's that say that nobody has called it. */
static gboolean
is_bottom (const TargetSafety *safety, const TargetFrame *frame)
{
  const Part *part = find_part (safety, get_pc (frame));

  return part != NULL && part->part == PART_LIBC &&
         (is_within (safety, get_pc (frame), RANGE_BOTTOM) ||
          target_unwinder_is_whole (safety->unwinder, get_pc (frame)));
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
      if (index + 2 >= n || (index + 3 >= n && !is_bottom (safety, &frames[n - 1])))
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
  /* One that is just beginning or ending, and not yet or no more in what it was begun for, may be in the middle of that. */
  if (is_bottom (safety, &frames[n - 1]))
    return n > 2;
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
