/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <glib-unix.h>
#include <glib/gi18n-lib.h>

#include "channel/handshake.h"
#include "channel/layout.h"
#include "target/answer.h"
#include "target/target-private.h"

/* Many children may come at once, and none of them waits: the kernel cuts this to what it allows.
 */
#define BACKLOG 4096
/* Connections that have said nothing yet; a target speaks at once after it has connected. */
#define MAX_SILENT 256
/* Messages taken from one connection at one time, so that none can keep us for itself. */
#define MAX_BURST 64
#define MAX_FDS 8

typedef struct
{
  TargetListener *listener;
  int fd;
  int pid;
  GSource *source;
} Connection;

struct _TargetListener
{
  TargetHelloFunc func;
  gpointer data;
  GMainContext *context;
  char *path;
  gboolean folder_is_private; /* made for this one socket */
  gboolean bound;             /* the file at @path is ours */
  int fd;
  int spare_fd; /* given up to refuse a connection when there are no more descriptors */
  GSource *source;
  GPtrArray *connections; /* in the order in which they came */
  GPtrArray *questions;   /* Question, while an answer is looked for */
  gboolean reading;       /* the callback must not come back into the connections */
};

/* ---- Messages ----------------------------------------------------------------------------------
 */

typedef struct
{
  ChannelHello hello;
  int fds[MAX_FDS];
  guint n_fds;
  gboolean is_longer; /* than a message is */
} Message;

static void
take_fds (const struct msghdr *header, Message *message)
{
  for (struct cmsghdr *control = CMSG_FIRSTHDR (header); control != NULL;
       control = CMSG_NXTHDR ((struct msghdr *)header, control))
    {
      gsize n_fds;

      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
        continue;
      n_fds = (control->cmsg_len - CMSG_LEN (0)) / sizeof (int);
      for (gsize i = 0; i < n_fds; i++)
        {
          int fd;

          memcpy (&fd, CMSG_DATA (control) + i * sizeof fd, sizeof fd);
          if (message->n_fds < MAX_FDS)
            message->fds[message->n_fds++] = fd;
          else
            close (fd);
        }
    }
}

static void
close_fds (Message *message)
{
  for (guint i = 0; i < message->n_fds; i++)
    close (message->fds[i]);
  message->n_fds = 0;
}

/* Returns: as recvmsg(2) */
static gssize
receive (int socket, Message *message)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (MAX_FDS * sizeof (int))];
  } control;
  struct iovec bytes = { &message->hello, sizeof message->hello };
  struct msghdr header = {
    .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control
  };
  gssize length;

  memset (message, 0, sizeof *message);
  /* ECONNRESET: it did not read all that it was sent, and is gone. What it has said is there still. */
  do
    length = recvmsg (socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (length < 0 && (errno == EINTR || errno == ECONNRESET));
  if (length < 0)
    return length;
  take_fds (&header, message);
  message->is_longer = (header.msg_flags & MSG_TRUNC) != 0;
  /* Some did not arrive: too many, or we can have no more. */
  if ((header.msg_flags & MSG_CTRUNC) != 0)
    close_fds (message);
  return length;
}

/* Text from another process ends where its field does. */
static void
terminate_texts (ChannelHello *hello)
{
  hello->version[sizeof hello->version - 1] = '\0';
  hello->runtime[sizeof hello->runtime - 1] = '\0';
  hello->detail[sizeof hello->detail - 1] = '\0';
}

/* ---- Questions ---------------------------------------------------------------------------------
 */

typedef struct
{
  TargetListener *listener; /* NULL: it is gone */
  ChannelHello hello;
  int pid;
  int fd;
  GCancellable *cancellable;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  close (question->fd);
  g_object_unref (question->cancellable);
  g_free (question);
}

static void
question_forget (gpointer data)
{
  Question *question = data;

  question->listener = NULL;
  g_cancellable_cancel (question->cancellable);
}

static void
answer_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Question *question = data;
  g_autoptr (GBytes) answer =
      target_answer_find (question->pid, question->hello.runtime, cancellable);

  target_answer_send (question->fd, question->hello.runtime, answer);
  g_task_return_boolean (task, TRUE);
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  Question *question = g_task_get_task_data (G_TASK (result));

  if (question->listener != NULL)
    g_ptr_array_remove_fast (question->listener->questions, question);
}

static void
take_question (TargetListener *listener, const ChannelHello *hello, int socket, int pid)
{
  Question *question = g_new0 (Question, 1);
  g_autoptr (GTask) task = NULL;

  *question = (Question){ .listener = listener,
                          .hello = *hello,
                          .pid = pid,
                          .fd = fcntl (socket, F_DUPFD_CLOEXEC, 0),
                          .cancellable = g_cancellable_new () };
  task = g_task_new (NULL, question->cancellable, on_answered, NULL);
  g_task_set_task_data (task, question, question_free);
  g_ptr_array_add (listener->questions, question);
  g_task_run_in_thread (task, answer_in_thread);
}

/* What is wrong with it and is worth a line to the user becomes a refusal of that process. */
static void
turn_into_refusal (Message *message, ChannelRefusal reason, const char *detail)
{
  close_fds (message);
  message->hello.type = CHANNEL_HELLO_REFUSED;
  message->hello.reason = reason;
  g_strlcpy (message->hello.detail, detail, sizeof message->hello.detail);
}

static void
handle_message (Connection *connection, Message *message, gsize length)
{
  TargetListener *listener = connection->listener;
  ChannelHello *hello = &message->hello;
  int pid = connection->pid;
  int fd = -1;

  if (length != sizeof *hello || message->is_longer || hello->magic != CHANNEL_HELLO_MAGIC)
    {
      g_debug ("process %d sent %" G_GSIZE_FORMAT " bytes that are no message", pid, length);
      close_fds (message);
      return;
    }
  terminate_texts (hello);
  /* 0: the kernel has no number for it in our pid namespace. */
  if (pid <= 0)
    pid = hello->pid;
  if (pid <= 0)
    {
      close_fds (message);
      return;
    }
  if (hello->abi_major != CHANNEL_ABI_MAJOR)
    {
      g_autofree char *detail = g_strdup (hello->version);

      turn_into_refusal (message, CHANNEL_REFUSED_ABI, detail);
    }
  else if (hello->type == CHANNEL_HELLO_CHANNEL && message->n_fds != 1)
    turn_into_refusal (message, CHANNEL_REFUSED_NONE,
                       _ ("its channel did not come with its message; allow the inspector more "
                          "file descriptors, see ulimit -n"));

  if (hello->type == CHANNEL_HELLO_CHANNEL)
    {
      fd = message->fds[0];
      message->n_fds = 0;
    }
  close_fds (message);
  if (hello->type == CHANNEL_HELLO_ASKS)
    take_question (listener, hello, connection->fd, pid);
  else
    listener->func (pid, hello, fd, listener->data);
}

/* ---- Connections -------------------------------------------------------------------------------
 */

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  g_source_destroy (connection->source);
  g_source_unref (connection->source);
  close (connection->fd);
  g_free (connection);
}

/* Returns: whether more may come */
static gboolean
connection_read (Connection *connection)
{
  for (guint i = 0; i < MAX_BURST; i++)
    {
      Message message;
      gssize length = receive (connection->fd, &message);

      if (length < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
      if (length == 0)
        {
          close_fds (&message);
          return FALSE;
        }
      connection->listener->reading = TRUE;
      handle_message (connection, &message, (gsize)length);
      connection->listener->reading = FALSE;
    }
  return TRUE;
}

static gboolean
on_connection_readable (int fd, GIOCondition condition, gpointer data)
{
  Connection *connection = data;
  TargetListener *listener = connection->listener;

  if (listener->reading || connection_read (connection))
    return G_SOURCE_CONTINUE;
  g_ptr_array_remove (listener->connections, connection);
  return G_SOURCE_REMOVE;
}

static gboolean
is_welcome (int fd, int *ret_pid)
{
  struct ucred peer;
  socklen_t size = sizeof peer;

  if (getsockopt (fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
    return FALSE;
  *ret_pid = peer.pid;
  return peer.uid == geteuid () || peer.uid == 0;
}

static GSource *
attach_source (TargetListener *listener, int fd, GUnixFDSourceFunc func, gpointer data)
{
  GSource *source = g_unix_fd_source_new (fd, G_IO_IN | G_IO_HUP | G_IO_ERR);

  g_source_set_callback (source, G_SOURCE_FUNC (func), data, NULL);
  g_source_set_static_name (source, "async-inspect targets");
  g_source_attach (source, listener->context);
  return source;
}

static int
open_spare (void)
{
  return open ("/dev/null", O_RDONLY | O_CLOEXEC);
}

/* A connection that cannot be taken would wake us for ever. */
static gboolean
turn_away (TargetListener *listener)
{
  int fd;

  if (listener->spare_fd < 0)
    return FALSE;
  close (listener->spare_fd);
  fd = accept4 (listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0)
    close (fd);
  listener->spare_fd = open_spare ();
  /* Without descriptors accept4() fails before it looks whether anybody waits. */
  if (fd < 0)
    return FALSE;
  g_warning ("%s", _ ("a process cannot be inspected: this one has no more file descriptors; see "
                      "ulimit -n"));
  return TRUE;
}

/* A process sends one message after the other, each through a connection of its own. One that had
 * not spoken yet when it was accepted may have by now, and what it says comes first. */
static void
read_earlier (TargetListener *listener, int pid)
{
  guint i = 0;

  while (i < listener->connections->len)
    {
      Connection *connection = listener->connections->pdata[i];

      if (connection->pid == pid && !connection_read (connection))
        g_ptr_array_remove_index (listener->connections, i);
      else
        i++;
    }
}

static Connection *
add_connection (TargetListener *listener, int fd, int pid)
{
  Connection *connection;

  /* Whoever has been silent for longest goes first. */
  if (listener->connections->len >= MAX_SILENT)
    g_ptr_array_remove_index (listener->connections, 0);

  connection = g_new0 (Connection, 1);
  *connection = (Connection){ listener, fd, pid, NULL };
  connection->source = attach_source (listener, fd, on_connection_readable, connection);
  g_ptr_array_add (listener->connections, connection);
  return connection;
}

void
target_listener_adopt (TargetListener *listener, int fd, int pid)
{
  add_connection (listener, fd, pid);
}

/* Returns: whether there was one */
static gboolean
accept_one (TargetListener *listener)
{
  int fd = accept4 (listener->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
  Connection *connection;
  int pid = 0;

  if (fd < 0 && (errno == EMFILE || errno == ENFILE))
    return turn_away (listener);
  if (fd < 0)
    return errno == EINTR || errno == ECONNABORTED;
  if (!is_welcome (fd, &pid))
    {
      close (fd);
      return TRUE;
    }
  read_earlier (listener, pid);
  connection = add_connection (listener, fd, pid);
  if (!connection_read (connection))
    g_ptr_array_remove (listener->connections, connection);
  return TRUE;
}

static gboolean
on_listener_readable (int fd, GIOCondition condition, gpointer data)
{
  TargetListener *listener = data;

  for (guint i = 0; i < MAX_BURST && !listener->reading && accept_one (listener); i++)
    ;
  return G_SOURCE_CONTINUE;
}

void
target_listener_flush (TargetListener *listener)
{
  if (listener->reading)
    return;
  for (guint i = 0; i < BACKLOG && accept_one (listener); i++)
    ;
  for (guint i = 0; i < listener->connections->len;)
    if (!connection_read (listener->connections->pdata[i]))
      g_ptr_array_remove_index (listener->connections, i);
    else
      i++;
}

/* ---- Its life ----------------------------------------------------------------------------------
 */

static gboolean
listen_at (TargetListener *listener, GError **error)
{
  struct sockaddr_un address;
  int reason;

  listener->fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener->fd >= 0 && target_socket_fill_address (listener->path, &address) &&
      bind (listener->fd, (struct sockaddr *)&address, sizeof address) == 0)
    {
      listener->bound = TRUE;
      if (chmod (listener->path, 0600) == 0 && listen (listener->fd, BACKLOG) == 0)
        return TRUE;
    }
  reason = errno;
  g_set_error (error, TARGET_ERROR, TARGET_ERROR_FAILED, _ ("cannot listen at %s: %s"),
               listener->path, g_strerror (reason));
  return FALSE;
}

TargetListener *
target_listener_new (TargetHelloFunc func, gpointer data, GError **error)
{
  TargetListener *listener = g_new0 (TargetListener, 1);

  listener->func = func;
  listener->data = data;
  listener->fd = -1;
  listener->spare_fd = open_spare ();
  listener->context = g_main_context_ref_thread_default ();
  listener->connections = g_ptr_array_new_with_free_func (connection_free);
  listener->questions = g_ptr_array_new_with_free_func (question_forget);
  listener->path = target_socket_dup_path (&listener->folder_is_private, error);
  if (listener->path == NULL)
    {
      target_listener_free (listener);
      return NULL;
    }
  if (!listen_at (listener, error))
    {
      target_listener_free (listener);
      return NULL;
    }
  listener->source = attach_source (listener, listener->fd, on_listener_readable, listener);
  return listener;
}

const char *
target_listener_get_path (TargetListener *listener)
{
  return listener->path;
}

void
target_listener_free (TargetListener *listener)
{
  if (listener == NULL)
    return;
  if (listener->source != NULL)
    {
      g_source_destroy (listener->source);
      g_source_unref (listener->source);
    }
  g_ptr_array_unref (listener->connections);
  g_ptr_array_unref (listener->questions);
  if (listener->fd >= 0)
    close (listener->fd);
  if (listener->spare_fd >= 0)
    close (listener->spare_fd);
  if (listener->bound)
    unlink (listener->path);
  if (listener->folder_is_private)
    {
      g_autofree char *folder = g_path_get_dirname (listener->path);

      rmdir (folder);
    }
  g_main_context_unref (listener->context);
  g_free (listener->path);
  g_free (listener);
}
