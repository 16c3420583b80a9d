/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Waits for a child that cannot end: it writes more than a pipe holds, and nobody reads. */

#include <gio/gio.h>
#include <unistd.h>

int
main (void)
{
  GSubprocess *child;

  child = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, NULL, /* STARTS */
                            "head", "-c", "1048576", "/dev/zero", NULL);
  if (child == NULL)
    return 1;
  alarm (3);
  g_subprocess_wait (child, NULL, NULL); /* WAITS */
  g_object_unref (child);
  return 0;
}
