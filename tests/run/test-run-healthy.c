/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Programs without a fault: nothing is said of them, and they do not notice. */

#include "faults.h"

static const char *const programs[] = {
  "dbus-clock",      "dialog",       "file-copy",         "idle-worker", "main-loop",
  "many-locks",      "pool-server",  "producer-consumer", "slow-reader", "socket-echo",
  "child-ping-pong", "task-fan-out", "uv-threads",
};

static void
test_healthy (gconstpointer name)
{
  g_autofree char *program = g_strconcat ("healthy/", name, NULL);

  fault_check_nothing (program);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (programs); i++)
    {
      g_autofree char *path = g_strdup_printf ("/run/healthy/%s", programs[i]);

      g_test_add_data_func (path, programs[i], test_healthy);
    }
  return g_test_run ();
}
