/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_INJECTOR_PRIVATE_H
#define TARGET_INJECTOR_PRIVATE_H

/* What is known while a thread is made to call a function (injector.c): shared by the choice of the thread
 * (injector-thread.c) and what it is made to do (injector-call.c). */

#include "target/injector.h"
#include "target/safe-point.h"
#include "target/tracee.h"

G_BEGIN_DECLS

/* A thread that was interrupted comes to its stop when it is scheduled. */
#define INJECTOR_STOP_US (2 * G_TIME_SPAN_SECOND)

/* What lies below the stack pointer belongs to the program, too. */
#define INJECTOR_RED_ZONE 128u

typedef struct
{
  guint64 begin, end;
} InjectorRoom;

/* Where the parts go of what leads the thread back. */
typedef struct
{
  guint64 data;    /* a BootstrapData */
  guint64 context; /* an ucontext_t */
  guint64 fp;      /* what @context says of the extended registers */
  gsize fp_size;
  gboolean is_apart; /* not on the stack */
} InjectorFrame;

typedef struct
{
  int pid;
  int pidfd;
  int mem_fd;
  GPtrArray *mappings;
  TargetSafety *safety;
  guint64 open, find, explain; /* of the loader */
  guint64 call;
  guint64 code; /* where bootstrap.c goes */
  gsize code_size;
  Tracee tracee;
  guint n_tries;           /* stops so far */
  gboolean has_breakpoint; /* the tracee stops when it has come to where it is safe */
  guint64 stack_end;       /* of what is mapped of it */
  guint n_judged,
      n_opaque; /* stacks; those that could not be followed to their end, or have no room below */
  InjectorRoom rooms[32]; /* nobody's memory, for where it must not be on a stack */
  guint n_rooms;
  InjectorFrame frame;
  TargetStack *stack; /* of a thread that was stopped */
  TraceeState *saved;
  const TargetInjection *injection;
  GCancellable *cancellable;
  TargetAttachStats stats;
  BootstrapReply reply;
  int socket;
  GError *error;
  gboolean done;
} Injector;

/* Keeps the first reason. */
void injector_fail (Injector *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
/* A thread stood still since then. */
void injector_note_stop (Injector *self, gint64 begin_us);

/* ---- injector-thread.c ------------------------------------------------------------------------ */

typedef enum
{
  INJECTOR_READY, /* it is stopped where it is safe */
  INJECTOR_AGAIN,
  INJECTOR_OTHER, /* this thread will not do */
} InjectorTry;

/* In the order in which they are tried; of int. */
GArray *injector_list_threads (int pid);
/* Whether the first thread is still there. */
gboolean injector_has_first (const Injector *self);
/* Returns with the thread stopped for INJECTOR_READY, since @ret_begin_us, and let go else. */
InjectorTry injector_try_thread (Injector *self, int tid, gint64 until_us, gint64 *ret_begin_us);

/* ---- injector-frame.c ------------------------------------------------------------------------ */

void injector_frame_find_rooms (Injector *self);
/* Chooses where it goes; the thread is stopped, and its registers are in Injector.saved. @is_idle: it is in a function
 * of libc's that sleeps. FALSE: there is no place */
gboolean injector_frame_place (Injector *self, gboolean is_idle);
/* Returns: where its BootstrapData is; 0: it could not be written */
guint64 injector_frame_write (Injector *self);
/* Once the thread is back. */
void injector_frame_wipe (Injector *self);

/* ---- injector-call.c -------------------------------------------------------------------------- */

/* With the thread stopped where it is safe, since @begin_us: it calls, and is let go. */
void injector_call (Injector *self, gint64 begin_us);

G_END_DECLS

#endif
