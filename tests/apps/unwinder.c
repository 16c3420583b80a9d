/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Looks at its own stack, as a program of Rust does when it panics, and one with LLVM in it when it crashes. What it
 * says when it has begun is also in its data: of one that uses tokio, where a panic of tokio would have happened. */

#include <stdio.h>
#include <unistd.h>
#include <unwind.h>

static _Unwind_Reason_Code
on_frame (struct _Unwind_Context *context, void *data)
{
  ++*(unsigned *)data;
  return _URC_NO_REASON;
}

int
main (void)
{
  unsigned n = 0;
  char byte;

  _Unwind_Backtrace (on_frame, &n);
  puts (n > 0 ? SAYS : "no stack");
  fflush (stdout);
  return read (0, &byte, 1) < 0;
}
