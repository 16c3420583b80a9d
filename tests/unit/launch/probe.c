/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * probe FILE: writes there how it was started, "KEY VALUE" a line. */

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
copy_status (FILE *out)
{
  FILE *status = fopen ("/proc/self/status", "r");
  char line[256];

  while (status != NULL && fgets (line, sizeof line, status) != NULL)
    if (strncmp (line, "SigBlk:", 7) == 0 || strncmp (line, "SigIgn:", 7) == 0 ||
        strncmp (line, "SigCgt:", 7) == 0)
      fputs (line, out);
  if (status != NULL)
    fclose (status);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "LD_PRELOAD", "ASYNC_INSPECT_SOCKET",
                                       "ASYNC_INSPECT_RUNTIMES", "ASYNC_INSPECT_OPTIONS" };
  FILE *out = argc > 1 ? fopen (argv[1], "w") : NULL;

  if (out == NULL)
    return 2;
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
    fprintf (out, "%s %s\n", names[i], getenv (names[i]) != NULL ? getenv (names[i]) : "(unset)");
  fprintf (out, "argv0 %s\n", argv[0]);
  fprintf (out, "group %d\n", (int)getpgrp ());
  copy_status (out);
  fclose (out);
  return 7;
}
