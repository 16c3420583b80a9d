/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* daemon: leaves a process in a session of its own behind and ends with 0.
 * stubborn: ignores SIGTERM and waits for ever. half: a TAP stream that stops within a line. short: one
 * that stops between two, as if all were well. binary: bytes that are no text, many of them. */

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

static void
leave_daemon (void)
{
  int ready[2];
  char byte;

  if (pipe (ready) != 0)
    return;
  if (fork () == 0)
    {
      if (fork () != 0)
        _exit (0);
      setsid ();
      close (ready[0]);
      if (write (ready[1], "!", 1) != 1)
        _exit (1);
      close (ready[1]);
      fclose (stdout);
      fclose (stderr);
      for (;;)
        pause ();
    }
  close (ready[1]);
  if (read (ready[0], &byte, 1) != 1)
    return;
  puts ("left one behind");
}

static void
write_binary (void)
{
  char bytes[4096];

  memset (bytes, 0xfe, sizeof bytes);
  bytes[17] = 0;
  for (int i = 0; i < 100; i++)
    fwrite (bytes, 1, sizeof bytes, stdout);
}

static void
on_timer (uv_timer_t *timer)
{
}

int
main (int argc, char **argv)
{
  const char *what = argc > 1 ? argv[1] : "";
  uv_timer_t timer;

  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_timer, strcmp (what, "stubborn") == 0 ? 1000000 : 10, 0);
  if (strcmp (what, "daemon") == 0)
    leave_daemon ();
  else if (strcmp (what, "stubborn") == 0)
    signal (SIGTERM, SIG_IGN);
  else if (strcmp (what, "half") == 0)
    {
      fputs ("TAP version 13\n1..3\nok 1 first\nnot o", stdout);
      fflush (stdout);
      return 3;
    }
  else if (strcmp (what, "short") == 0)
    puts ("1..3\nok 1 first");
  else if (strcmp (what, "binary") == 0)
    write_binary ();
  return uv_run (uv_default_loop (), UV_RUN_DEFAULT);
}
