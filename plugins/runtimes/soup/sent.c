/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "sent.h"

#define N_SENT 4096u

static Sent *all;       /* untouched pages of it cost nothing */
static uint32_t n_used; /* no entry from here on was ever taken */

void
sent_start (void)
{
  if (all == NULL)
    all = plugin.agent.reserve (N_SENT * sizeof *all);
}

static void
raise_used (uint32_t n)
{
  uint32_t used = __atomic_load_n (&n_used, __ATOMIC_RELAXED);

  while (used < n &&
         !__atomic_compare_exchange_n (&n_used, &used, n, true, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
    ;
}

Sent *
sent_take (void)
{
  for (uint32_t i = 0; all != NULL && i < N_SENT; i++)
    {
      uint32_t no = 0;

      if (__atomic_load_n (&all[i].is_taken, __ATOMIC_RELAXED) == 0 &&
          __atomic_compare_exchange_n (&all[i].is_taken, &no, 1, false, __ATOMIC_ACQUIRE,
                                       __ATOMIC_RELAXED))
        {
          raise_used (i + 1);
          return &all[i];
        }
    }
  plugin.agent.count_skipped ();
  return NULL;
}

void
sent_give_back (Sent *sent)
{
  __atomic_store_n (&sent->connection, CONNECTION_NONE, __ATOMIC_RELAXED);
  /* Pairs with the acquire in sent_take(). */
  __atomic_store_n (&sent->is_taken, 0, __ATOMIC_RELEASE);
}

void
sent_set_name (Sent *sent, const char *name)
{
  uint32_t version = sent->version;
  bool is_over = false;

  __atomic_store_n (&sent->version, version + 1, __ATOMIC_RELAXED);
  __atomic_thread_fence (__ATOMIC_RELEASE);
  for (uint32_t word = 0; word < sizeof sent->name / sizeof sent->name[0]; word++)
    {
      uint64_t bytes = 0;

      for (uint32_t i = 0; i < sizeof bytes && !is_over; i++)
        {
          uint32_t at = word * (uint32_t)sizeof bytes + i;

          is_over = name[at] == '\0' || at == SENT_NAME_MAX - 1;
          if (!is_over)
            bytes |= (uint64_t)(unsigned char)name[at] << 8 * i;
        }
      __atomic_store_n (&sent->name[word], bytes, __ATOMIC_RELAXED);
    }
  /* Pairs with the acquire in sent_copy_name(). */
  __atomic_store_n (&sent->version, version + 2, __ATOMIC_RELEASE);
}

bool
sent_copy_name (const Sent *sent, char name[SENT_NAME_MAX])
{
  uint32_t version = __atomic_load_n (&sent->version, __ATOMIC_ACQUIRE);

  for (uint32_t word = 0; word < sizeof sent->name / sizeof sent->name[0]; word++)
    {
      uint64_t bytes = __atomic_load_n (&sent->name[word], __ATOMIC_RELAXED);

      for (uint32_t i = 0; i < sizeof bytes; i++)
        name[word * sizeof bytes + i] = (char)(bytes >> 8 * i);
    }
  __atomic_thread_fence (__ATOMIC_ACQUIRE);
  return version % 2 == 0 && version == __atomic_load_n (&sent->version, __ATOMIC_RELAXED);
}

Sent *
sent_next (const Sent *after)
{
  uint32_t used = __atomic_load_n (&n_used, __ATOMIC_ACQUIRE);

  for (uint32_t i = after != NULL ? (uint32_t)(after - all) + 1 : 0; i < used; i++)
    if (__atomic_load_n (&all[i].is_taken, __ATOMIC_RELAXED) != 0)
      return &all[i];
  return NULL;
}
