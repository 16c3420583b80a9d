/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Functions of GLib and libuv that are a thin coat around one of pthread: what they do is reported
 * there, and as the place of it the caller of the coat. */

#include "registry.h"

static inline Thread *
get_self (void)
{
  Thread *self = thread_self;

  if (UNLIKELY (self == &thread_nobody))
    self = thread_get ();
  return LIKELY (self != NULL) ? self : &thread_nobody;
}

static inline const void *
enter (Thread *self, const void *caller)
{
  const void *before = self->outer;

  if (self != &thread_nobody && before == NULL)
    self->outer = caller;
  return before;
}

/* A thread that was cancelled in between has no use for it; one that jumped out of the call keeps
 * the place until its next outer call. */
static inline void
leave (Thread *self, const void *before)
{
  if (self != &thread_nobody)
    self->outer = before;
}

#define OUTER(type, name, parameters, arguments)                                                   \
  type hook_##name parameters                                                                      \
  {                                                                                                \
    Thread *self = get_self ();                                                                    \
    const void *before = enter (self, CALLER);                                                     \
    type result = real_##name arguments;                                                           \
                                                                                                   \
    leave (self, before);                                                                          \
    return result;                                                                                 \
  }
#define STARTER(type, name, parameters, arguments)                                                 \
  type hook_##name parameters                                                                      \
  {                                                                                                \
    Thread *self = get_self ();                                                                    \
    const void *before = enter (self, CALLER);                                                     \
    type result;                                                                                   \
                                                                                                   \
    if (self != &thread_nobody)                                                                    \
      self->outer_run = run;                                                                       \
    result = real_##name arguments;                                                                \
    if (self != &thread_nobody)                                                                    \
      self->outer_run = NULL;                                                                      \
    leave (self, before);                                                                          \
    return result;                                                                                 \
  }
#define OUTER_VOID(name, parameters, arguments)                                                    \
  void hook_##name parameters                                                                      \
  {                                                                                                \
    Thread *self = get_self ();                                                                    \
    const void *before = enter (self, CALLER);                                                     \
                                                                                                   \
    real_##name arguments;                                                                         \
    leave (self, before);                                                                          \
  }
#define FUNCTION(type, name, parameters)
#include "functions.def"
