/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>

#include "emit/sys.h"
#include "say.h"
#include "text.h"

#define LONGEST_COMMAND 256

static uint64_t
parse_pid (const char *text)
{
  uint64_t pid = 0;

  for (; *text >= '0' && *text <= '9'; text++)
    pid = pid * 10 + (uint64_t)(*text - '0');
  return pid;
}

/* A GSubprocess does not give back its arguments, whatever made it; the kernel does. */
static void
say_command (InspectObject await, uint64_t pid)
{
  char path[48] = "/proc/";
  char command[LONGEST_COMMAND];
  long n;
  int fd;

  append_number (path, sizeof path, pid);
  append_text (path, sizeof path, "/cmdline");
  fd = sys_openat (AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  if (fd < 0)
    return;
  n = sys_read (fd, command, sizeof command);
  sys_close (fd);
  while (n > 0 && command[n - 1] == '\0')
    n--;
  for (long i = 0; i < n; i++)
    if (command[i] == '\0')
      command[i] = ' ';
  if (n > 0)
    inspect_attribute_bytes (await, &key_command, command, (size_t)n);
}

static void
say_pipe (InspectObject await, InspectKind *key, const void *stream)
{
  int fd = stream_get_fd (stream);

  if (fd >= 0)
    inspect_attribute (await, key, (uint64_t)fd);
}

/* Its pipes, because a child that finds one full waits until this side has read from it. */
void
say_subprocess (InspectObject await, GSubprocess *subprocess)
{
  const char *identifier;
  uint64_t pid;

  if (subprocess == NULL)
    return;
  say_pipe (await, &key_stdin, gio.g_subprocess_get_stdin_pipe (subprocess));
  say_pipe (await, &key_stdout, gio.g_subprocess_get_stdout_pipe (subprocess));
  say_pipe (await, &key_stderr, gio.g_subprocess_get_stderr_pipe (subprocess));
  identifier = gio.g_subprocess_get_identifier (subprocess);
  if (identifier == NULL)
    return;
  pid = parse_pid (identifier);
  inspect_attribute (await, &key_pid, pid);
  say_command (await, pid);
}
