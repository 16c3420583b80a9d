/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* System calls that sleep, as a table: what they wait for, and which argument is the descriptor. The numbers are those of
 * this machine's own programs: of others nothing is found. */

#include "config.h"

#include "target/calls.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

/* fcntl.h has them for other feature sets alone. */
#define SET_LOCK_AND_WAIT 7
#define SET_OPEN_FILE_LOCK_AND_WAIT 38
#define LOCK_TYPE_READ 0
#define FLOCK_SHARED 1
#define P_PID_TYPE 1

#define NO_FD 6u
/* Whoever waits for more at once waits for nobody in particular. */
#define MAX_WATCHED 32u

static const struct
{
  long number;
  KernelCall call;
  const char *name;
  guint fd; /* which argument; NO_FD: none */
} calls[] = {
  { SYS_read, KERNEL_READ, "read", 0 },
  { SYS_readv, KERNEL_READ, "readv", 0 },
  { SYS_pread64, KERNEL_READ, "pread", 0 },
  { SYS_preadv, KERNEL_READ, "preadv", 0 },
  { SYS_preadv2, KERNEL_READ, "preadv2", 0 },
  { SYS_recvfrom, KERNEL_READ, "recv", 0 },
  { SYS_recvmsg, KERNEL_READ, "recvmsg", 0 },
  { SYS_recvmmsg, KERNEL_READ, "recvmmsg", 0 },
  { SYS_write, KERNEL_WRITE, "write", 0 },
  { SYS_writev, KERNEL_WRITE, "writev", 0 },
  { SYS_pwrite64, KERNEL_WRITE, "pwrite", 0 },
  { SYS_pwritev, KERNEL_WRITE, "pwritev", 0 },
  { SYS_pwritev2, KERNEL_WRITE, "pwritev2", 0 },
  { SYS_sendto, KERNEL_WRITE, "send", 0 },
  { SYS_sendmsg, KERNEL_WRITE, "sendmsg", 0 },
  { SYS_sendmmsg, KERNEL_WRITE, "sendmmsg", 0 },
  { SYS_fsync, KERNEL_WRITE, "fsync", 0 },
  { SYS_fdatasync, KERNEL_WRITE, "fdatasync", 0 },
  { SYS_accept, KERNEL_ACCEPT, "accept", 0 },
  { SYS_accept4, KERNEL_ACCEPT, "accept", 0 },
  { SYS_connect, KERNEL_CONNECT, "connect", 0 },
  { SYS_ppoll, KERNEL_POLL, "ppoll", NO_FD },
  { SYS_pselect6, KERNEL_POLL, "pselect", NO_FD },
  { SYS_epoll_pwait, KERNEL_POLL, "epoll_wait", 0 },
#ifdef SYS_epoll_pwait2
  { SYS_epoll_pwait2, KERNEL_POLL, "epoll_wait", 0 },
#endif
  { SYS_io_uring_enter, KERNEL_POLL, "io_uring_enter", NO_FD },
  { SYS_flock, KERNEL_LOCK, "flock", 0 },
  { SYS_fcntl, KERNEL_LOCK, "fcntl", 0 },
  { SYS_wait4, KERNEL_CHILD, "wait", NO_FD },
  { SYS_waitid, KERNEL_CHILD, "waitid", NO_FD },
  { SYS_openat, KERNEL_OPEN, "open", NO_FD },
  { SYS_openat2, KERNEL_OPEN, "open", NO_FD },
  { SYS_nanosleep, KERNEL_PAUSE, "nanosleep", NO_FD },
  { SYS_clock_nanosleep, KERNEL_PAUSE, "clock_nanosleep", NO_FD },
  { SYS_rt_sigsuspend, KERNEL_SIGNAL, "sigsuspend", NO_FD },
  { SYS_rt_sigtimedwait, KERNEL_SIGNAL, "sigwait", NO_FD },
  { SYS_futex, KERNEL_FUTEX, "futex", NO_FD },
  { SYS_msgrcv, KERNEL_OTHER, "msgrcv", NO_FD },
  { SYS_msgsnd, KERNEL_OTHER, "msgsnd", NO_FD },
  { SYS_semop, KERNEL_OTHER, "semop", NO_FD },
  { SYS_semtimedop, KERNEL_OTHER, "semop", NO_FD },
  { SYS_mq_timedreceive, KERNEL_READ, "mq_receive", 0 },
  { SYS_mq_timedsend, KERNEL_WRITE, "mq_send", 0 },
#ifdef SYS_poll /* newer machines have the later ones of these alone */
  { SYS_poll, KERNEL_POLL, "poll", NO_FD },
  { SYS_select, KERNEL_POLL, "select", NO_FD },
  { SYS_epoll_wait, KERNEL_POLL, "epoll_wait", 0 },
  { SYS_open, KERNEL_OPEN, "open", NO_FD },
  { SYS_pause, KERNEL_SIGNAL, "pause", NO_FD },
#endif
};

gboolean
kernel_memory_read (int pid, guint64 address, void *buffer, gsize length)
{
  struct iovec local = { buffer, length };
  struct iovec remote = { (void *)(gsize)address, length };

  return process_vm_readv (pid, &local, 1, &remote, 1, 0) == (gssize)length;
}

/* Of one descriptor, and for as long as it takes: it is waited for as in a read of it. */
static void
describe_poll (const guint64 arguments[6], gboolean may_end, KernelSleep *sleep)
{
  struct pollfd all[MAX_WATCHED];
  gsize n = arguments[1];

  sleep->may_end = may_end;
  if (n == 0 || n > MAX_WATCHED ||
      !kernel_memory_read (sleep->pid, arguments[0], all, n * sizeof *all))
    return;
  if (n == 1 && !may_end && all[0].fd >= 0 && (all[0].events & (POLLIN | POLLOUT)) != 0)
    {
      sleep->fd = all[0].fd;
      sleep->call = (all[0].events & POLLIN) != 0 ? KERNEL_READ : KERNEL_WRITE;
      return;
    }
  sleep->watched = g_array_new (FALSE, FALSE, sizeof (int));
  for (gsize i = 0; i < n; i++)
    if (all[i].fd >= 0 && (all[i].events & POLLIN) != 0)
      g_array_append_val (sleep->watched, all[i].fd);
}

static void
describe_lock (long number, const guint64 arguments[6], KernelSleep *sleep)
{
  gint16 type;

  if (number == SYS_flock)
    {
      sleep->is_exclusive = (arguments[1] & FLOCK_SHARED) == 0;
      return;
    }
  if (arguments[1] != SET_LOCK_AND_WAIT && arguments[1] != SET_OPEN_FILE_LOCK_AND_WAIT)
    {
      sleep->call = KERNEL_OTHER;
      return;
    }
  sleep->is_exclusive =
      !kernel_memory_read (sleep->pid, arguments[2], &type, sizeof type) || type != LOCK_TYPE_READ;
}

static void
describe_open (guint64 address, guint64 flags, KernelSleep *sleep)
{
  char path[PATH_MAX];
  gsize length = 0;

  sleep->for_writing = (flags & O_ACCMODE) == O_WRONLY;
  /* Up to the end of a page at a time: what lies behind it may be nothing. */
  while (length < sizeof path)
    {
      gsize more = MIN (sizeof path - length, 256 - (address + length) % 256);

      if (!kernel_memory_read (sleep->pid, address + length, path + length, more))
        return;
      if (memchr (path + length, '\0', more) != NULL)
        {
          sleep->path = g_strdup (path);
          return;
        }
      length += more;
    }
}

/* Of a socket of another kind the kernel knows to where it connects. */
static void
describe_connect (guint64 address, guint64 length, KernelSleep *sleep)
{
  struct sockaddr_un to = { 0 };

  length = MIN (length, sizeof to);
  if (length <= G_STRUCT_OFFSET (struct sockaddr_un, sun_path) + 1 ||
      !kernel_memory_read (sleep->pid, address, &to, length) || to.sun_family != AF_UNIX)
    return;
  length -= G_STRUCT_OFFSET (struct sockaddr_un, sun_path);
  /* In front of a name that is of no file there is a 0. */
  sleep->path = to.sun_path[0] != '\0'
                    ? g_strndup (to.sun_path, length)
                    : g_strdup_printf ("@%.*s", (int)length - 1, to.sun_path + 1);
}

void
kernel_call_describe (long number, const guint64 arguments[6], KernelSleep *sleep)
{
  for (guint i = 0; i < G_N_ELEMENTS (calls); i++)
    {
      if (calls[i].number != number)
        continue;
      sleep->call = calls[i].call;
      sleep->name = calls[i].name;
      if (calls[i].fd != NO_FD && arguments[calls[i].fd] <= G_MAXINT)
        sleep->fd = (int)arguments[calls[i].fd];
      break;
    }
#ifdef SYS_poll
  if (number == SYS_poll)
    describe_poll (arguments, (gint32)arguments[2] >= 0, sleep);
  else if (number == SYS_open)
    describe_open (arguments[0], arguments[1], sleep);
  else if (number == SYS_select)
    sleep->may_end = arguments[4] != 0;
  else if (number == SYS_epoll_wait)
    sleep->may_end = (gint32)arguments[3] >= 0;
#endif
  if (number == SYS_ppoll)
    describe_poll (arguments, arguments[2] != 0, sleep);
  else if (number == SYS_connect)
    describe_connect (arguments[1], arguments[2], sleep);
  else if (number == SYS_flock || number == SYS_fcntl)
    describe_lock (number, arguments, sleep);
  else if (number == SYS_openat)
    describe_open (arguments[1], arguments[2], sleep);
  else if (number == SYS_openat2)
    describe_open (arguments[1], 0, sleep);
  else if (number == SYS_wait4)
    sleep->child = (gint32)arguments[0] > 0 ? (gint32)arguments[0] : 0;
  else if (number == SYS_waitid)
    sleep->child = arguments[0] == P_PID_TYPE ? (gint32)arguments[1] : 0;
  else if (number == SYS_pselect6)
    sleep->may_end = arguments[4] != 0;
  else if (number == SYS_epoll_pwait)
    sleep->may_end = (gint32)arguments[3] >= 0;
  else if (sleep->call == KERNEL_PAUSE)
    sleep->may_end = TRUE;
  else if (number == SYS_rt_sigtimedwait)
    sleep->may_end = arguments[2] != 0;
  else if (number == SYS_semtimedop)
    sleep->may_end = arguments[3] != 0;
}
