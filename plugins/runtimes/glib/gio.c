/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "gio.h"

#include "asyncs.h"
#include "gtask.h"

enum
{
  UNKNOWN,
  ASKING,
  READY,
  REFUSED, /* something is missing, so nothing of GIO is followed */
};

Gio gio;
static uint32_t state;

static bool
look_up (void)
{
#define ASKED(function)                                                                            \
  gio.function = (__typeof__ (gio.function))(uintptr_t)plugin.agent.lookup_global (#function);     \
  if (gio.function == NULL)                                                                        \
    return false;
  GIO_FUNCTIONS
#undef ASKED
  return true;
}

bool
gio_is_ready (void)
{
  uint32_t known = __atomic_load_n (&state, __ATOMIC_ACQUIRE);
  uint32_t expected = UNKNOWN;

  if (__builtin_expect (known == READY, true))
    return true;
  if (known != UNKNOWN || plugin.agent.lookup_global == NULL)
    return false;
  /* Whoever comes second meanwhile is not followed: it must not wait for the loader's lock. */
  if (!__atomic_compare_exchange_n (&state, &expected, ASKING, false, __ATOMIC_ACQUIRE,
                                    __ATOMIC_RELAXED))
    return false;
  known = asyncs_start () == 0 && look_up () ? READY : REFUSED;
  if (known == READY)
    gtask_follow ();
  __atomic_store_n (&state, known, __ATOMIC_RELEASE);
  return known == READY;
}
