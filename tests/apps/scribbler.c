/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Has a wild pointer: writes over whatever shared memory it finds in itself, while it runs. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#define ROUNDS 100
#define BYTES_A_ROUND 20000

static char *memory;
static size_t size;
static int rounds;

static void
find_memory (void)
{
  FILE *maps = fopen ("/proc/self/maps", "r");
  char line[512];

  while (maps != NULL && fgets (line, sizeof line, maps) != NULL)
    {
      unsigned long start, end;
      char access[8];

      if (strstr (line, "/memfd:") == NULL
          || sscanf (line, "%lx-%lx %7s", &start, &end, access) != 3 || access[1] != 'w'
          || end - start <= size)
        continue;
      memory = (char *)start;
      size = end - start;
    }
  if (maps != NULL)
    fclose (maps);
}

static void
on_timer (uv_timer_t *timer)
{
  for (int i = 0; size > 0 && i < BYTES_A_ROUND; i++)
    memory[(size_t)random () * 131 % size] = (char)random ();
  if (++rounds == ROUNDS)
    uv_timer_stop (timer);
}

int
main (int argc, char **argv)
{
  uv_timer_t timer;

  srandom (argc > 1 ? (unsigned)atoi (argv[1]) : 1);
  uv_timer_init (uv_default_loop (), &timer);
  uv_timer_start (&timer, on_timer, 2, 2);
  find_memory ();
  uv_run (uv_default_loop (), UV_RUN_DEFAULT);
  puts (size > 0 ? "scribbled" : "found nothing");
  return 0;
}
