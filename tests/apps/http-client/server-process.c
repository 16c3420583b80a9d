/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "server-process.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uv_process_t process;
static uv_pipe_t input;  /* the server ends when it closes */
static uv_pipe_t output; /* the server writes its port to it */
static char line[64];
static int has_port, has_ended;

static void
on_server_exit (uv_process_t *child, int64_t status, int signal)
{
  has_ended = 1;
  uv_close ((uv_handle_t *)child, NULL);
}

static void
on_alloc (uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
  size_t length = strlen (line);

  *buf = uv_buf_init (line + length, (unsigned)(sizeof line - 1 - length));
}

static void
on_output (uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
  has_port = strchr (line, '\n') != NULL;
  if (n < 0 || has_port)
    uv_close ((uv_handle_t *)stream, NULL);
  if (n < 0)
    has_ended = 1;
}

int
server_process_start (uv_loop_t *loop, const char *own_path)
{
  char folder[4000], path[4096];
  char *args[] = { path, NULL };
  uv_stdio_container_t stdio[3] = {
    { .flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&input },
    { .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&output },
    { .flags = UV_INHERIT_FD, .data.fd = 2 },
  };
  uv_process_options_t options = { .exit_cb = on_server_exit, .file = path, .args = args,
                                   .stdio_count = 3, .stdio = stdio };

  snprintf (folder, sizeof folder, "%s", own_path);
  snprintf (path, sizeof path, "%s/server", dirname (folder));
  uv_pipe_init (loop, &input, 0);
  uv_pipe_init (loop, &output, 0);
  if (uv_spawn (loop, &process, &options) < 0)
    return -1;
  if (uv_read_start ((uv_stream_t *)&output, on_alloc, on_output) < 0)
    return -1;
  while (!has_port && !has_ended)
    uv_run (loop, UV_RUN_ONCE);
  /* It must not keep the loop of the fetches alive. */
  uv_unref ((uv_handle_t *)&process);
  return has_port ? atoi (line) : -1;
}

void
server_process_stop (uv_loop_t *loop)
{
  uv_close ((uv_handle_t *)&input, NULL);
  uv_ref ((uv_handle_t *)&process);
  uv_run (loop, UV_RUN_DEFAULT);
}
