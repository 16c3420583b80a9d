/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* A program that uses libuv itself, and loads a library that has another libuv in it: as node does with a module that
 * brings its own.
 *
 *     two-loops LIBRARY */

#include <dlfcn.h>
#include <stdio.h>
#include <uv.h>

static void
on_time (uv_timer_t *timer)
{
  uv_close ((uv_handle_t *)timer, NULL);
}

int
main (int argc, char **argv)
{
  int (*run) (int argc, char **argv);
  uv_timer_t timer;
  void *library;

  if (argc < 2)
    return 2;
  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_time, 1, 0);
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  library = dlopen (argv[1], RTLD_NOW);
  if (library == NULL)
    {
      puts (dlerror ());
      return 1;
    }
  run = (int (*) (int, char **))dlsym (library, "kept_main");
  return run != NULL ? run (argc - 1, argv + 1) : 1;
}
