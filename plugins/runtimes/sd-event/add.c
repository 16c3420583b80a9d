/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is added, and the callbacks of it. One signature, one stock of functions. */

#include "add.h"

#include <errno.h>

#define PASS(...) __VA_ARGS__

/* CALLBACK (name, type, more parameters, and their names): handlers that are called with a source, more, and the
 * program's data. */
#define CALLBACK(name, type, parameters, arguments)                                                \
  static Slots name##_slots;                                                                       \
                                                                                                   \
  static TRAMPOLINE int on_##name (unsigned slot, sd_event_source *source PASS parameters,         \
                                   void *data)                                                     \
  {                                                                                                \
    Callback callback = name##_slots.originals[slot];                                              \
    SourceFiring firing;                                                                           \
    int status;                                                                                    \
                                                                                                   \
    source_fires (&firing, source, callback);                                                      \
    status = ((type)callback) (source PASS arguments, data);                                       \
    source_fired (&firing, status);                                                                \
    return status;                                                                                 \
  }

CALLBACK (io, sd_event_io_handler_t, (, int fd, uint32_t events), (, fd, events))
CALLBACK (time, sd_event_time_handler_t, (, uint64_t us), (, us))
CALLBACK (signal, sd_event_signal_handler_t, (, const struct signalfd_siginfo *info), (, info))
CALLBACK (child, sd_event_child_handler_t, (, const siginfo_t *info), (, info))
CALLBACK (inotify, sd_event_inotify_handler_t, (, const struct inotify_event *event), (, event))
CALLBACK (plain, sd_event_handler_t, (), ())

#define FUNCTIONS(n)                                                                               \
  static TRAMPOLINE int io_##n (sd_event_source *source, int fd, uint32_t events, void *data)      \
  {                                                                                                \
    return on_io (n, source, fd, events, data);                                                    \
  }                                                                                                \
  static TRAMPOLINE int time_##n (sd_event_source *source, uint64_t us, void *data)                \
  {                                                                                                \
    return on_time (n, source, us, data);                                                          \
  }                                                                                                \
  static TRAMPOLINE int signal_##n (sd_event_source *source, const struct signalfd_siginfo *info,  \
                                    void *data)                                                    \
  {                                                                                                \
    return on_signal (n, source, info, data);                                                      \
  }                                                                                                \
  static TRAMPOLINE int child_##n (sd_event_source *source, const siginfo_t *info, void *data)     \
  {                                                                                                \
    return on_child (n, source, info, data);                                                       \
  }                                                                                                \
  static TRAMPOLINE int inotify_##n (sd_event_source *source, const struct inotify_event *event,   \
                                     void *data)                                                   \
  {                                                                                                \
    return on_inotify (n, source, event, data);                                                    \
  }                                                                                                \
  static TRAMPOLINE int plain_##n (sd_event_source *source, void *data)                            \
  {                                                                                                \
    return on_plain (n, source, data);                                                             \
  }
SLOTS (FUNCTIONS)
#undef FUNCTIONS

#define IO(n) (Callback) io_##n,
#define TIME(n) (Callback) time_##n,
#define SIGNAL(n) (Callback) signal_##n,
#define CHILD(n) (Callback) child_##n,
#define INOTIFY(n) (Callback) inotify_##n,
#define PLAIN(n) (Callback) plain_##n,
static const Callback io_functions[N_SLOTS] = { SLOTS (IO) };
static const Callback time_functions[N_SLOTS] = { SLOTS (TIME) };
static const Callback signal_functions[N_SLOTS] = { SLOTS (SIGNAL) };
static const Callback child_functions[N_SLOTS] = { SLOTS (CHILD) };
static const Callback inotify_functions[N_SLOTS] = { SLOTS (INOTIFY) };
static const Callback plain_functions[N_SLOTS] = { SLOTS (PLAIN) };
static Slots io_slots = { .functions = io_functions };
static Slots time_slots = { .functions = time_functions };
static Slots signal_slots = { .functions = signal_functions };
static Slots child_slots = { .functions = child_functions };
static Slots inotify_slots = { .functions = inotify_functions };
static Slots plain_slots = { .functions = plain_functions };

/* ---- Adding ---------------------------------------------------------------------------------- */

typedef struct
{
  Callback original;
  Callback given;            /* to sd-event */
  sd_event_source *own;      /* of one that the program does not want to know */
  sd_event_source **pointer; /* where sd-event is to put it */
} Adding;

/* Returns: false to pass on what the program gives. Without a callback the loop exits; sd-event has one of its
 * own for that, which nobody need see. */
static bool
adding_begin (Adding *adding, Slots *slots, Callback callback, sd_event_source **pointer)
{
  *adding = (Adding){ .original = callback };
  if (!watchers_are_on () || callback == NULL || real_sd_event_source_set_floating == NULL ||
      real_sd_event_source_unref == NULL)
    return false;
  adding->given = slots_get (slots, callback);
  if (adding->given == NULL)
    {
      watchers.agent.count_skipped ();
      return false;
    }
  adding->pointer = pointer != NULL ? pointer : &adding->own;
  return true;
}

/* One that the program does not want to know is its loop's own. */
static int
adding_end (Adding *adding, int status, SourceType type, const char *path, const void *caller)
{
  if (status < 0)
    return status;
  source_added (*adding->pointer, type, adding->original, path, caller);
  if (adding->pointer == &adding->own)
    {
      real_sd_event_source_set_floating (adding->own, 1);
      real_sd_event_source_unref (adding->own);
    }
  return status;
}

/* ADD (function, its stock, type, path, parameters before the callback, their names) */
#define ADD(name, slots, TYPE, path, handler_type, parameters, arguments)                          \
  int hook_##name (sd_event *event, sd_event_source **pointer PASS parameters,                     \
                   handler_type callback, void *data)                                              \
  {                                                                                                \
    Adding adding;                                                                                 \
    int status;                                                                                    \
                                                                                                   \
    if (!adding_begin (&adding, &slots, (Callback)callback, pointer))                              \
      return real_##name (event, pointer PASS arguments, callback, data);                          \
    status = real_##name (event, adding.pointer PASS arguments, (handler_type)adding.given, data); \
    return adding_end (&adding, status, TYPE, path, CALLER);                                       \
  }

ADD (sd_event_add_io, io_slots, SOURCE_IO, NULL, sd_event_io_handler_t, (, int fd, uint32_t events),
     (, fd, events))
ADD (sd_event_add_time, time_slots, SOURCE_TIME, NULL, sd_event_time_handler_t,
     (, clockid_t clock, uint64_t us, uint64_t accuracy), (, clock, us, accuracy))
ADD (sd_event_add_time_relative, time_slots, SOURCE_TIME, NULL, sd_event_time_handler_t,
     (, clockid_t clock, uint64_t us, uint64_t accuracy), (, clock, us, accuracy))
ADD (sd_event_add_signal, signal_slots, SOURCE_SIGNAL, NULL, sd_event_signal_handler_t,
     (, int signal), (, signal))
ADD (sd_event_add_child, child_slots, SOURCE_CHILD, NULL, sd_event_child_handler_t,
     (, pid_t pid, int options), (, pid, options))
ADD (sd_event_add_child_pidfd, child_slots, SOURCE_CHILD, NULL, sd_event_child_handler_t,
     (, int fd, int options), (, fd, options))
ADD (sd_event_add_inotify, inotify_slots, SOURCE_INOTIFY, file, sd_event_inotify_handler_t,
     (, const char *file, uint32_t mask), (, file, mask))
ADD (sd_event_add_defer, plain_slots, SOURCE_DEFER, NULL, sd_event_handler_t, (), ())
ADD (sd_event_add_post, plain_slots, SOURCE_POST, NULL, sd_event_handler_t, (), ())
ADD (sd_event_add_exit, plain_slots, SOURCE_EXIT, NULL, sd_event_handler_t, (), ())

/* ---- What was there before --------------------------------------------------------------------- */

Callback
add_follow (SourceType type, Callback *callback)
{
  Slots *slots = type == SOURCE_IO ? &io_slots : type == SOURCE_TIME ? &time_slots : NULL;
  Callback original, ours;

  if (slots == NULL)
    return NULL;
  original = slots_original (slots, *callback);
  ours = slots_get (slots, original);
  if (ours == NULL)
    return NULL;
  *callback = ours;
  return original;
}
