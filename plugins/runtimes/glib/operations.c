/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The hooks that are made from operations.def and blocking.def. */

#include "operations.h"

#include "blocking.h"
#include "say.h"
#include "start.h"

InspectKind gio_kinds[N_GIO_OPERATIONS] = {
#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments)              \
  [GIO_##ID] = { kind, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },
#include "operations.def"
#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  [GIO_##ID] = { kind, phrase, INSPECT_KIND_AWAIT, flags, 0, 0 },
#include "blocking.def"
};

#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments)              \
  __typeof__ (function) *real_##function;
#define GIO_NOTICE(function) __typeof__ (function) *real_##function;
#include "operations.def"
#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  __typeof__ (function) *real_##function;
#include "blocking.def"

/* What is the same in all parameter lists, and what is said in one row in parentheses. */
#define WITH(...) (__VA_ARGS__)
#define TAIL GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data
#define TAIL_ARGUMENTS cancellable, callback, user_data

/* What is said of it comes after it has started, for only then there is a GTask to wait for. */
#define GIO_OPERATION(function, ID, kind, phrase, flags, says, parameters, arguments)              \
  void hook_##function parameters                                                                  \
  {                                                                                                \
    Start start;                                                                                   \
    InspectObject await;                                                                           \
                                                                                                   \
    if (!start_begin (&start, user_data, CALLER, FRAME))                                           \
      {                                                                                            \
        real_##function arguments;                                                                 \
        return;                                                                                    \
      }                                                                                            \
    real_##function arguments;                                                                     \
    await = start_begun (&start, &gio_kinds[GIO_##ID], callback, user_data, cancellable);          \
    if (await != 0)                                                                                \
      {                                                                                            \
        says;                                                                                      \
      }                                                                                            \
    start_end (&start);                                                                            \
  }
#include "operations.def"

#define BLOCKING(type, failure, function, ID, kind, phrase, flags, says, parameters, arguments)    \
  type hook_##function parameters                                                                  \
  {                                                                                                \
    Blocking blocking;                                                                             \
    InspectObject await;                                                                           \
    type result;                                                                                   \
                                                                                                   \
    if (!blocking_begin (&blocking, &gio_kinds[GIO_##ID], cancellable, CALLER))                    \
      return real_##function arguments;                                                            \
    await = blocking.await;                                                                        \
    says;                                                                                          \
    blocking_pass (&blocking);                                                                     \
    result = real_##function arguments;                                                            \
    blocking_end (&blocking, cancellable, result == failure);                                      \
    return result;                                                                                 \
  }
#include "blocking.def"
