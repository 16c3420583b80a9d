/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "watchers.h"

#include <string.h>

#include "shared/lock.h"

Watchers watchers;

int
watchers_start (const InspectAgent *agent)
{
  /* An older agent lends less: what its size does not cover stays NULL. */
  watchers.agent = (InspectAgent){ 0 };
  memcpy (&watchers.agent, agent, agent->size < sizeof *agent ? agent->size : sizeof *agent);
  watchers.session++;
  watchers.stopped = false;
  return lock_start (watchers.agent.reserve);
}

/* The callbacks that are out know their originals: they pass through. */
void
watchers_stop (void)
{
  __atomic_store_n (&watchers.stopped, true, __ATOMIC_RELAXED);
}
