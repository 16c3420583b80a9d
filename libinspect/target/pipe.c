/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Who sleeps because a pipe is full. The kernel does not say so of the pipe; it says of each thread
 * in which system call it sleeps, and a write to a pipe sleeps for nothing else. */

#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "target/target-private.h"

#define LINE_MAX_BYTES 512
#define STATUS_MAX_BYTES 16384
#define CHILDREN_MAX_BYTES 4096
/* Of the processes below the one that is asked about. */
#define MAX_PROCESSES 64

/* System calls that write, and which argument is the descriptor. The numbers are those of this
 * machine's own programs: of others nothing is found. */
static const struct
{
  long number;
  guint argument;
} writing_calls[] = {
  { SYS_write, 0 },  { SYS_writev, 0 },   { SYS_pwritev2, 0 }, { SYS_sendfile, 0 },
  { SYS_splice, 2 }, { SYS_vmsplice, 0 }, { SYS_tee, 1 },
};

static gboolean
read_pipe_inode (int pid, int fd, guint64 *ret_inode)
{
  unsigned long long inode;
  char path[64], link[64];
  gssize length;

  g_snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  length = readlink (path, link, sizeof link - 1);
  if (length < 0)
    return FALSE;
  link[length] = '\0';
  if (sscanf (link, "pipe:[%llu]", &inode) != 1)
    return FALSE;
  *ret_inode = inode;
  return TRUE;
}

static gboolean
is_read_end (int pid, int fd)
{
  g_autofree char *text = NULL;
  const char *flags;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/fdinfo/%d", pid, fd);
  text = target_proc_read (path, LINE_MAX_BYTES, NULL);
  flags = text != NULL ? strstr (text, "flags:") : NULL;
  return flags != NULL &&
         (g_ascii_strtoull (flags + strlen ("flags:"), NULL, 8) & O_ACCMODE) == O_RDONLY;
}

/* The descriptor that the thread writes to; -1: it does not sleep in such a call. */
static int
read_written_fd (int pid, int tid)
{
  unsigned long long arguments[3];
  g_autofree char *text = NULL;
  char path[64];
  long number;

  g_snprintf (path, sizeof path, "/proc/%d/task/%d/syscall", pid, tid);
  text = target_proc_read (path, LINE_MAX_BYTES, NULL);
  if (text == NULL || sscanf (text, "%ld %llx %llx %llx", &number, &arguments[0], &arguments[1],
                              &arguments[2]) != 4)
    return -1;
  for (guint i = 0; i < G_N_ELEMENTS (writing_calls); i++)
    if (writing_calls[i].number == number && arguments[writing_calls[i].argument] <= G_MAXINT)
      return (int)arguments[writing_calls[i].argument];
  return -1;
}

/* How often it has gone to sleep: the same number later says that it has not run in between. */
static gboolean
read_sleeps (int pid, int tid, guint64 *ret_sleeps)
{
  g_autofree char *text = NULL;
  const char *switches;
  char path[64];

  g_snprintf (path, sizeof path, "/proc/%d/task/%d/status", pid, tid);
  text = target_proc_read (path, STATUS_MAX_BYTES, NULL);
  switches = text != NULL ? strstr (text, "\nvoluntary_ctxt_switches:") : NULL;
  if (switches == NULL || strstr (text, "\nState:\tS") == NULL)
    return FALSE;
  *ret_sleeps = g_ascii_strtoull (switches + strlen ("\nvoluntary_ctxt_switches:"), NULL, 10);
  return TRUE;
}

static gboolean
find_thread (int pid, guint64 inode, TargetPipeWriter *writer)
{
  g_autoptr (GArray) threads = target_facts_get_threads (pid);

  for (guint i = 0; threads != NULL && i < threads->len; i++)
    {
      int tid = g_array_index (threads, int, i);
      int fd = read_written_fd (pid, tid);
      guint64 written;

      if (fd < 0 || !read_pipe_inode (pid, fd, &written) || written != inode ||
          !read_sleeps (pid, tid, &writer->n_sleeps))
        continue;
      writer->pid = pid;
      writer->tid = tid;
      return TRUE;
    }
  return FALSE;
}

/* Those that its threads have started and that have not ended. */
static void
add_children (GArray *processes, int pid)
{
  g_autoptr (GArray) threads = target_facts_get_threads (pid);

  for (guint i = 0; threads != NULL && i < threads->len; i++)
    {
      g_autofree char *text = NULL;
      char path[64];

      g_snprintf (path, sizeof path, "/proc/%d/task/%d/children", pid,
                  g_array_index (threads, int, i));
      text = target_proc_read (path, CHILDREN_MAX_BYTES, NULL);
      for (char *p = text; p != NULL && processes->len < MAX_PROCESSES;)
        {
          char *end = p;
          int child = (int)g_ascii_strtoll (p, &end, 10);

          if (end == p || child <= 0)
            break;
          g_array_append_val (processes, child);
          p = end;
        }
    }
}

/* Opened anew for a moment, which neither end notices. */
static void
read_filling (int pid, int fd, TargetPipeWriter *writer)
{
  char path[64];
  int pipe_fd, queued;
  long capacity;

  g_snprintf (path, sizeof path, "/proc/%d/fd/%d", pid, fd);
  pipe_fd = open (path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
  if (pipe_fd < 0)
    return;
  capacity = fcntl (pipe_fd, F_GETPIPE_SZ);
  if (capacity > 0 && ioctl (pipe_fd, FIONREAD, &queued) == 0 && queued >= 0)
    {
      writer->queued = (guint64)queued;
      writer->capacity = (guint64)capacity;
    }
  close (pipe_fd);
}

gboolean
target_facts_get_pipe_writer (int pid, int reader_pid, int fd, TargetPipeWriter *ret_writer)
{
  g_autoptr (GArray) processes = NULL;
  TargetPipeWriter writer = { 0 };
  TargetProcess process;
  guint64 inode;

  if (pid <= 0 || reader_pid <= 0 || fd < 0 || !read_pipe_inode (reader_pid, fd, &inode) ||
      !is_read_end (reader_pid, fd))
    return FALSE;
  processes = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_append_val (processes, pid);
  for (guint i = 0; i < processes->len && writer.pid == 0; i++)
    if (!find_thread (g_array_index (processes, int, i), inode, &writer))
      add_children (processes, g_array_index (processes, int, i));
  if (writer.pid == 0 || !target_facts_get_process (writer.pid, &process))
    return FALSE;
  writer.command = g_steal_pointer (&process.command);
  target_process_clear (&process);
  read_filling (reader_pid, fd, &writer);
  *ret_writer = writer;
  return TRUE;
}

void
target_pipe_writer_clear (TargetPipeWriter *writer)
{
  g_clear_pointer (&writer->command, g_free);
}
