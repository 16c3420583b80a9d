/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "drain.h"

#include <glib.h>

static void
close_any (uv_handle_t *handle, void *data)
{
  if (!uv_is_closing (handle))
    uv_close (handle, NULL);
}

void
drain_loop (uv_loop_t *loop)
{
  uv_run (loop, UV_RUN_DEFAULT);
  uv_walk (loop, close_any, NULL);
  g_assert_cmpint (uv_run (loop, UV_RUN_DEFAULT), ==, 0);
}
