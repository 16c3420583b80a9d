/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The one question that an inspector answers: what its probes, which read this program from outside,
 * have found out for a runtime plugin that is in it. */

#include "emit/process.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>

#include "emit/hello.h"
#include "emit/sys.h"

typedef union
{
  struct cmsghdr header;
  char bytes[CMSG_SPACE (sizeof (int))];
} Control;

/* Returns: its memfd, -1: there is none; -errno below that: there was no message */
static int
take_fd (const struct msghdr *message)
{
  const struct cmsghdr *control = message->msg_control;
  int fd;

  if (message->msg_controllen < CMSG_LEN (sizeof fd) || control->cmsg_level != SOL_SOCKET ||
      control->cmsg_type != SCM_RIGHTS || control->cmsg_len != CMSG_LEN (sizeof fd))
    return -1;
  memcpy (&fd, CMSG_DATA (control), sizeof fd);
  return fd;
}

/* Process-wide: the answers of before; that of a question beyond these is not kept. */
#define MAX_KEPT 4u
static struct
{
  char question[sizeof ((ChannelAnswer *)NULL)->runtime];
  const void *bytes;
  size_t size;
} kept[MAX_KEPT];

/* Whoever attaches again and again is told the same again and again. */
static const void *
keep (const ChannelAnswer *answer, void *copy, size_t size)
{
  uint32_t i = 0;

  while (i < MAX_KEPT && kept[i].bytes != NULL &&
         strncmp (kept[i].question, answer->runtime, sizeof answer->runtime) != 0)
    i++;
  if (i == MAX_KEPT)
    return copy;
  if (kept[i].bytes != NULL && size == kept[i].size && memcmp (copy, kept[i].bytes, size) == 0)
    sys_munmap (copy, size);
  else
    {
      memcpy (kept[i].question, answer->runtime, sizeof answer->runtime);
      kept[i].bytes = copy;
      kept[i].size = size;
    }
  return kept[i].bytes;
}

/* Read rather than mapped: nobody can shorten it meanwhile. It stays for good. */
static const void *
copy_in (int fd, const ChannelAnswer *answer)
{
  size_t size = answer->size;
  char *copy;
  size_t done = 0;
  long got = 1;

  copy = sys_mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (sys_is_error (copy))
    return NULL;
  while (done < size && got > 0)
    {
      got = SYS_CALL4 (SYS_pread64, fd, copy + done, size - done, done);
      done += got > 0 ? (size_t)got : 0;
    }
  if (done == size)
    return keep (answer, copy, size);
  sys_munmap (copy, size);
  return NULL;
}

/* Returns: 1: the answer is for @runtime, and @ret_bytes is what it has, or NULL; 0: it is for another;
 * -errno */
static int
receive (int socket, const char *runtime, const void **ret_bytes, size_t *ret_size)
{
  ChannelAnswer answer;
  Control control;
  struct iovec bytes = { &answer, sizeof answer };
  struct msghdr message = { .msg_iov = &bytes,
                            .msg_iovlen = 1,
                            .msg_control = &control,
                            .msg_controllen = sizeof control.bytes };
  long length;
  int fd, result = 0;

  memset (&control, 0, sizeof control);
  length = sys_recvmsg (socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (length <= 0)
    return length < 0 ? (int)length : -EPIPE;
  fd = take_fd (&message);
  if (length == (long)sizeof answer && answer.magic == CHANNEL_ANSWER_MAGIC &&
      strncmp (answer.runtime, runtime, sizeof answer.runtime) == 0)
    {
      result = 1;
      *ret_bytes = NULL;
      *ret_size = 0;
      if (fd >= 0 && answer.size > 0 && answer.size <= CHANNEL_ANSWER_MAX)
        *ret_bytes = copy_in (fd, &answer);
      if (*ret_bytes != NULL)
        *ret_size = answer.size;
    }
  if (fd >= 0)
    sys_close (fd);
  return result;
}

/* A connection that ends wakes it, too. @patience_ms: whole seconds */
static bool
wait_for_answer (int socket, uint32_t patience_ms)
{
  const struct timespec patience = { patience_ms / 1000, 0 };
  struct pollfd poll = { .fd = socket, .events = POLLIN };
  int result;

  do
    result = sys_ppoll (&poll, 1, &patience);
  while (result == -EINTR);
  return result > 0;
}

bool
emit_process_ask (const char *runtime, const void **ret_bytes, size_t *ret_size)
{
  uint32_t patience_ms = CHANNEL_ANSWER_PATIENCE_MS;
  ChannelHello hello;
  int socket, result = 0;

  *ret_bytes = NULL;
  *ret_size = 0;
  if (!emit_hello_find_inspector () || strlen (runtime) >= sizeof hello.runtime)
    return false;
  socket = emit_hello_connect ();
  if (socket < 0)
    return false;
  /* Whoever attaches has sent it, or is about to. */
  if (emit_hello_is_handed_over ())
    patience_ms = CHANNEL_ANSWER_SENT_MS;
  else
    {
      emit_hello_init (&hello, CHANNEL_HELLO_ASKS, 0);
      memcpy (hello.runtime, runtime, strlen (runtime) + 1);
      result = emit_hello_send (socket, &hello, -1);
    }
  while (result == 0 && wait_for_answer (socket, patience_ms))
    result = receive (socket, runtime, ret_bytes, ret_size);
  sys_close (socket);
  return result > 0 && *ret_bytes != NULL;
}
