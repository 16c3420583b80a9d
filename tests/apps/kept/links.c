/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Compiled by meson, to see whether there is a libuv that can be linked into a library. */

#include <uv.h>

#include "of-libc.c"

int run (void);

int
run (void)
{
  return uv_run (uv_default_loop (), UV_RUN_DEFAULT);
}
