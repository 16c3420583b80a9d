/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <fcntl.h>

#include "emit/sys.h"
#include "say.h"
#include "text.h"

#define LONGEST_COMMAND 256
#define PATIENCE 20u /* yields */

static uint64_t
parse_pid (const char *text)
{
  uint64_t pid = 0;

  for (; *text >= '0' && *text <= '9'; text++)
    pid = pid * 10 + (uint64_t)(*text - '0');
  return pid;
}

static long
read_file (const char *path, char *bytes, size_t size)
{
  int fd = sys_openat (AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  long n;

  if (fd < 0)
    return fd;
  n = sys_read (fd, bytes, size);
  sys_close (fd);
  return n;
}

/* A GSubprocess does not give back its arguments, whatever made it; the kernel does. Amidst exec() it
 * has none for a moment, after GLib has learnt from a descriptor that closed that exec() went well. */
static void
say_command (InspectObject await, uint64_t pid)
{
  char path[48] = "/proc/";
  char command[LONGEST_COMMAND];
  long n;

  append_number (path, sizeof path, pid);
  append_text (path, sizeof path, "/cmdline");
  n = read_file (path, command, sizeof command);
  for (uint32_t i = 0; n == 0 && i < PATIENCE; i++)
    {
      sys_sched_yield ();
      n = read_file (path, command, sizeof command);
    }
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
