/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Starts itself as a child, which hangs in a connect for a while; the parent waits for it. */

#include <libgen.h>
#include <stdio.h>
#include <uv.h>

static void
on_child_exit (uv_process_t *child, int64_t status, int signal)
{
  printf ("child: %d\n", (int)status);
  uv_close ((uv_handle_t *)child, NULL);
}

int
main (int argc, char **argv)
{
  char folder[4000], path[4096];
  char *args[] = { path, NULL };
  uv_stdio_container_t stdio[3] = { { .flags = UV_IGNORE },
                                    { .flags = UV_INHERIT_FD, .data.fd = 1 },
                                    { .flags = UV_INHERIT_FD, .data.fd = 2 } };
  uv_process_options_t options = { .exit_cb = on_child_exit, .file = path, .args = args,
                                   .stdio_count = 3, .stdio = stdio };
  uv_process_t child;

  snprintf (folder, sizeof folder, "%s", argv[0]);
  snprintf (path, sizeof path, "%s/connect-hang", dirname (folder));
  if (uv_spawn (uv_default_loop (), &child, &options) < 0)
    return 1;
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  return 0;
}
