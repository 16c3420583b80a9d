/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef INSPECTOR_PROBE_H
#define INSPECTOR_PROBE_H

#include <glib.h>
#include "inspect.h"

/**
 * SECTION: inspector-probe.h
 *
 * What a probe is (contract C5, third form): a plugin that runs in the inspector, reads a program
 * from outside by its debug info, and says which tasks are there. Nothing of it is in the program,
 * and what it says goes the way of all records, so that reports, views and recordings show it as
 * they show what an agent reports.
 *
 * A probe is a folder with a plugin.json of kind "probe" and a shared object with one exported table:
 *
 *     INSPECTOR_PROBE_DEFINE (.open = rust_open, .look = rust_look, .close = rust_close)
 *
 * It is called in a thread of its own, one call at a time. It does not need to compare one look with the
 * one before: whoever has loaded it does, by the ids that it gives.
 *
 * All that it reads is hostile: a program may be damaged, be something else than its debug info
 * says, or change while it is read. A probe bounds what it follows.
 */

G_BEGIN_DECLS

#define INSPECTOR_PROBE_ABI 3u
#define INSPECTOR_PROBE_SYMBOL "inspector_probe"

/* ---- What it reads ---------------------------------------------------------------------------- */

/** A piece of memory. */
typedef struct
{
  guint64 begin, end;
  gboolean is_writable;
  gboolean is_code;
  gboolean is_stack;  /* of a thread, as far as that is known */
  gboolean is_module; /* a file is mapped there; what a program allocates is in none */
} InspectorProbeRegion;

/** A file that the program runs code of. */
typedef struct
{
  const char *path; /* to be opened: of a live process also where its file was replaced since */
  const char *name; /* for people */
  guint64 start, end;
  guint64 bias; /* to be added to an address in the file */
  const guint8 *build_id;
  gsize build_id_length; /* 0: it has none */
  gboolean is_program;   /* not a library */
} InspectorProbeModule;

/** A thread, as it was at the beginning of the look; it may have gone on since. */
typedef struct
{
  int tid;
  const char *name;  /* "" unknown; the kernel keeps 15 bytes of it */
  guint64 sp, pc;    /* where it sleeps; 0: it runs, or that is not known */
  guint64 stack_end; /* the end of the memory that @sp is in */
  guint64 n_sleeps;  /* the same number later: it has not woken up in between; 0: not known */
  int own_tid; /* as the program calls it, which may be in a container (another pid namespace) */
} InspectorProbeThread;

/** Where one function of a thread is. */
typedef struct
{
  guint64 pc;             /* where it is, or where it will be returned to */
  gboolean is_activation; /* the former */
  guint64 registers[32];  /* in DWARF's order */
  guint32 known;          /* 1 << register */
} InspectorProbeCall;

#define INSPECTOR_PROBE_MAX_CALLS 64

/** The functions of a thread, innermost first. */
typedef struct
{
  gboolean is_asleep; /* in the kernel; else it runs, or that is not known */
  guint n_calls;
  InspectorProbeCall calls[INSPECTOR_PROBE_MAX_CALLS];
} InspectorProbeStack;

/** A piece of memory to copy. */
typedef struct
{
  guint64 address;
  void *buffer;
  gsize length;
  gboolean is_read; /* set by the call */
} InspectorProbeRead;

/**
 * InspectorProbeTarget:
 * @pid: 0: there is no process, but what one has left
 * @now_ns: on its monotonic clock, at the beginning of this look
 * @cache_folder: (nullable): where to keep what took long to find out; the user's own
 * @read: all or nothing
 * @read_many: several at a time, which is much cheaper than one by one
 * @is_cancelled: whether nobody wants to know any more; asked in all loops that may be long
 * @get_stack: the functions of a thread, which takes some milliseconds. One that runs is stopped for
 *   some 100 us, where that is allowed, and only if @may_stop; FALSE: they are not known
 * @only_before: an agent in the program tells of all that begins. What was not there at the first look is not
 *   asked for, so that a probe which remembers what it has found does not need to search again
 * @find_used: the first piece of memory from @address on that the program has ever used, and where that ends; @end:
 *   there is none. To be asked before much is read: of what was never used the kernel would have to make memory
 *
 * A program, as it is in this look. Valid until the call returns.
 */
typedef struct
{
  gsize size;
  gpointer data;
  int pid;
  gint64 now_ns;
  const char *cache_folder;
  const InspectorProbeRegion *regions; /* by address */
  guint n_regions;
  const InspectorProbeModule *modules;
  guint n_modules;
  const InspectorProbeThread *threads;
  guint n_threads;
  gboolean (*read) (gpointer data, guint64 address, void *buffer, gsize length);
  void (*read_many) (gpointer data, InspectorProbeRead *reads, guint n);
  gboolean (*is_cancelled) (gpointer data);
  gboolean (*get_stack) (gpointer data, const InspectorProbeThread *thread, gboolean may_stop,
                         InspectorProbeStack *ret_stack);
  gboolean only_before;
  guint64 (*find_used) (gpointer data, guint64 address, guint64 end, guint64 *ret_end);
} InspectorProbeTarget;

/** Returns: (nullable): the piece of memory that @address is in */
static inline const InspectorProbeRegion *
inspector_probe_find_region (const InspectorProbeTarget *target, guint64 address)
{
  guint low = 0, high = target->n_regions;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const InspectorProbeRegion *region = &target->regions[middle];

      if (address >= region->begin && address < region->end)
        return region;
      if (address < region->begin)
        high = middle;
      else
        low = middle + 1;
    }
  return NULL;
}

/** Whether functions lie at @address. Debuggers leave code out of core files: there it is where a file was mapped, and
 * nobody may write. */
static inline gboolean
inspector_probe_is_code (const InspectorProbeTarget *target, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (target, address);

  if (region != NULL && (region->is_writable || region->is_code))
    return region->is_code;
  for (guint i = 0; i < target->n_modules; i++)
    if (address >= target->modules[i].start && address < target->modules[i].end)
      return TRUE;
  return FALSE;
}

/** What names of kinds begin with, before a dot, of what a process waits for that is no task of the program, but that
 * one of its tasks waits for. */
#define INSPECTOR_PROBE_PROCESS "whole-process"

/* ---- What it says ------------------------------------------------------------------------------ */

/** A place in the source; all of it borrowed. */
typedef struct
{
  const char *function; /* (nullable) */
  const char *file;     /* (nullable): as the compiler was told */
  guint line;           /* 0 unknown */
  gboolean is_library;  /* not the program's own code */
} InspectorProbePlace;

typedef struct
{
  const char *name;
  const char *value; /* as its language writes it; cut by the probe */
  const char *type;  /* (nullable): the same, of its type: "Vec<u8>" */
} InspectorProbeVariable;

/** One function of those that wait for each other. */
typedef struct
{
  InspectorProbePlace place; /* where it waits */
  const InspectorProbeVariable *variables;
  guint n_variables;
} InspectorProbeFrame;

/** Something that is known of an await or resource. */
typedef struct
{
  const InspectKind *key;
  guint64 value;
  const char *text; /* (nullable): of a key with text */
} InspectorProbeAttribute;

/**
 * INSPECTOR_PROBE_RESOURCE_SEEN:
 *
 * Of a kind of resource that hands out permits, beside InspectResourceFlags: how many there are is not known,
 * and who holds them is what a look has seen. A wait for it is one of a deadlock where all that are seen to
 * hold it are, and that is told as inferred. Wire value.
 */
#define INSPECTOR_PROBE_RESOURCE_SEEN (1u << 16)

/**
 * INSPECTOR_PROBE_RESOURCE_ENDS:
 *
 * Beside %INSPECTOR_PROBE_RESOURCE_SEEN: a pipe, a connection and the like. Who holds it is at its other end, and ends the
 * wait by doing something. Wire value.
 */
#define INSPECTOR_PROBE_RESOURCE_ENDS (1u << 17)

/**
 * INSPECTOR_PROBE_RESOURCE_HELD:
 *
 * Somebody was seen to hold it, and nobody waits for it. That is told, and nothing is concluded from it: whoever waits for it
 * later waits for a resource of another kind. Wire value.
 */
#define INSPECTOR_PROBE_RESOURCE_HELD (1u << 18)

/**
 * INSPECTOR_PROBE_RESOURCE_AGAIN:
 *
 * Beside %INSPECTOR_PROBE_RESOURCE_HELD: at each look so far, but its holder has run in between, and may have given it back and
 * taken it again. Wire value.
 */
#define INSPECTOR_PROBE_RESOURCE_AGAIN (1u << 19)

/**
 * INSPECTOR_PROBE_RESOURCE_LIKELY:
 *
 * Beside %INSPECTOR_PROBE_RESOURCE_HELD: what is in memory there is like such a thing, and nobody has said that it is one. Wire
 * value.
 */
#define INSPECTOR_PROBE_RESOURCE_LIKELY (1u << 20)

/** Something that can be waited for or held. */
typedef struct
{
  const InspectKind *kind;
  guint64 id; /* mostly its address */
  const InspectorProbeAttribute *attributes;
  guint n_attributes;
} InspectorProbeResource;

typedef struct
{
  const InspectKind *kind;
  /* The same in the next look where it is the same wait. Where the agent's plugin would give it that id, it is
   * told of once, by whoever is in the program. */
  guint64 id;
  const InspectorProbeFrame *frames; /* innermost first: the last one is the task's own function */
  guint n_frames;
  const InspectorProbeResource *resource; /* (nullable) */
  guint64 task;                           /* whose end it waits for; 0 none */
  const InspectorProbeAttribute *attributes;
  guint n_attributes;
} InspectorProbeAwait;

typedef struct
{
  const InspectorProbeResource *resource;
  guint count;               /* permits */
  InspectorProbePlace place; /* where it is kept */
} InspectorProbeHold;

/** An await in the source of the task's own function. */
typedef struct
{
  const char *function; /* what is awaited */
  InspectorProbePlace place;
  gboolean is_current;
} InspectorProbeStep;

typedef enum
{
  INSPECTOR_PROBE_WAITING,
  INSPECTOR_PROBE_READY, /* woken, and not yet polled */
  INSPECTOR_PROBE_RUNNING,
} InspectorProbeState;

typedef struct
{
  guint64 id;     /* below 2^48; of no other task of the program while it is there */
  guint64 serial; /* another one than in the look before: another task in the same place */
  guint64 parent; /* 0 unknown */
  InspectorProbeState state; /* RUNNING: an await is where it runs, if that is known */
  const char *name;          /* (nullable): that the program gave it */
  const char *test_case;     /* (nullable): it is all of that case of a test program */
  InspectorProbePlace place; /* its own function */
  const InspectorProbeAwait *awaits;
  guint n_awaits;
  const InspectorProbeHold *holds;
  guint n_holds;
  const InspectorProbeStep *steps; /* in the order of the source */
  guint n_steps;
  /* What it runs lies there, if @within_end is not 0: a task that the program has told of itself and called by an
   * address in there is this one. */
  guint64 within, within_end;
} InspectorProbeTask;

/**
 * InspectorProbeSink:
 * @task: copies what it is given
 *
 * Where a probe says what it has found. Each task once a look; what another probe has said of it before is joined to it.
 */
typedef struct
{
  gsize size;
  gpointer data;
  void (*task) (gpointer data, const InspectorProbeTask *task);
} InspectorProbeSink;

/* ---- The table ---------------------------------------------------------------------------------- */

/**
 * InspectorProbe:
 * @open: %NULL: there is nothing for this probe in the program. @ret_detail: (out) (transfer full)
 *   (nullable): "tokio 1.40"; @ret_warning: (out) (transfer full) (nullable): one line that says what
 *   cannot be seen and what would give it back, also where %NULL is returned
 * @look: says which tasks there are; %FALSE: not all could be found out, and nothing is to be
 *   concluded from what is missing
 * @answers: (nullable): the id of a runtime plugin that asks it (InspectAgent.ask)
 * @answer: (nullable): what that plugin needs to know to report from within the program, in a form that
 *   both have agreed on; %NULL: nothing. From a thread of its own, and without any @open before it
 */
typedef struct
{
  guint32 size;
  guint32 abi;
  gpointer (*open) (const InspectorProbeTarget *target, char **ret_detail, char **ret_warning);
  gboolean (*look) (gpointer self, const InspectorProbeTarget *target,
                    const InspectorProbeSink *sink);
  void (*close) (gpointer self);
  const char *answers;
  GBytes *(*answer) (const InspectorProbeTarget *target);
} InspectorProbe;

#define INSPECTOR_PROBE_DEFINE(...)                                                                \
  __attribute__ ((visibility ("default"))) extern const InspectorProbe inspector_probe;            \
  const InspectorProbe inspector_probe = { sizeof (InspectorProbe), INSPECTOR_PROBE_ABI,           \
                                           __VA_ARGS__ };

G_END_DECLS

#endif
