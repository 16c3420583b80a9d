/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs whose locks are at fault, and some whose locks only look like it. */

#include "faults.h"

/* Both threads of abba-*.c, each with what it waits for and what it holds. */
#define BOTH_THREADS(kind_)                                                                        \
  {                                                                                                \
    { .role = "waits",                                                                             \
      .task = "transfer",                                                                          \
      .wants = { kind_, "journal", "transfer", "WAITS: journal" },                                 \
      .holds = { kind_, "accounts", "transfer", "HOLDS: accounts" },                               \
      .sentence = "waits in transfer at " },                                                       \
    {                                                                                              \
      .role = "waits", .task = "audit",                                                            \
      .wants = { kind_, "accounts", "audit", "WAITS: accounts" },                                  \
      .holds = { kind_, "journal", "audit", "HOLDS: journal" }, .sentence = "it holds "            \
    }                                                                                              \
  }

static const FaultFinding findings[] = {
  { .program = "abba-pthread",
    .reason = "stuck",
    .kind = "deadlock",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "hold locks and wait for each other's",
    .suggestion = "take the locks in the same order everywhere",
    .change = "",
    .n_stuck = 2,
    .evidence = BOTH_THREADS ("pthread.mutex") },
  { .program = "abba-gmutex",
    .reason = "stuck",
    .kind = "deadlock",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "hold locks and wait for each other's",
    .suggestion = "take the locks in the same order everywhere",
    .change = "",
    .n_stuck = 2,
    .evidence = BOTH_THREADS ("glib.mutex") },
  { .program = "cond-forgotten",
    .reason = "stuck",
    .kind = "never",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "cannot make progress",
    .change = "WAITS",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .wants = { "thread.condition", "changed", "consume", "WAITS" },
                    .sentence = "until it is woken" },
                  { .role = "affected", .wants = { .function = "main", .label = "JOINS" } } } },
  { .program = "lock-abandoned",
    .reason = "stuck",
    .kind = "never",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "its holder ended without releasing it",
    .suggestion = "on every way out",
    .change = "TAKES",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .wants = { "pthread.mutex", "journal", "main", "WAITS" } },
                  { .role = "cause",
                    .holds = { "pthread.mutex", "journal", "append", "TAKES" },
                    .sentence = "ended" } } },
  { .program = "lock-crowd",
    .reason = "exit",
    .kind = "blocked",
    .certainty = "certain",
    .is_pending = TRUE,
    .title = "12 tasks wait for mutex cache, which refresh (task ",
    .suggestion = "hold the lock for shorter",
    .change = "HOLDS: disk",
    .n_stuck = 1,
    .evidence = { { .role = "subject",
                    .task = "look_up",
                    .wants = { "pthread.mutex", "cache", "look_up", "WAITS: cache" },
                    .sentence = "and 11 more wait for it" },
                  { .role = "cause",
                    .wants = { "pthread.mutex", "disk", "refresh", "WAITS: disk" },
                    .holds = { "pthread.mutex", "cache", "refresh", "HOLDS: cache" } },
                  { .role = "cause",
                    .holds = { "pthread.mutex", "disk", "load", "HOLDS: disk" } } } },
  { .program = "lock-order",
    .reason = "exit",
    .kind = "lock-order",
    .certainty = "inferred",
    .change = "",
    .evidence = { { .role = "takes",
                    .wants = { "pthread.mutex", "journal", "transfer", "TAKES: journal" },
                    .holds = { "pthread.mutex", "accounts", "transfer", "HOLDS: accounts" } },
                  { .role = "takes",
                    .wants = { "pthread.mutex", "accounts", "audit", "TAKES: accounts" },
                    .holds = { "pthread.mutex", "journal", "audit", "HOLDS: journal" } } } },
  { .program = "lock-order-again",
    .reason = "exit",
    .kind = "lock-order",
    .certainty = "inferred",
    .change = "",
    .evidence = { { .role = "takes",
                    .wants = { "pthread.mutex", "accounts", "audit", "TAKES: accounts" },
                    .holds = { "pthread.mutex", "journal", "audit", "HOLDS: journal" } },
                  { .role = "takes",
                    .wants = { "pthread.mutex", "journal", "transfer", "TAKES: journal" },
                    .holds = { "pthread.mutex", "accounts", "transfer", "HOLDS: accounts" } } } },
};

static void
test_finding (gconstpointer data)
{
  fault_check_finding (data);
}

/* Without the third lock the same is a finding, see above. */
static void
test_guarded (void)
{
  fault_check_nothing ("lock-order-guarded");
}

static void
test_joined (void)
{
  fault_check_nothing ("lock-order-joined");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (findings); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/locks/%s", findings[i].program);

      g_test_add_data_func (path, &findings[i], test_finding);
    }
  g_test_add_func ("/run/locks/order-under-a-guard-is-no-finding", test_guarded);
  g_test_add_func ("/run/locks/order-of-threads-that-cannot-meet-is-no-finding", test_joined);
  return g_test_run ();
}
