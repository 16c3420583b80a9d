/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <glib/gstdio.h>

#include "channel/handshake.h"
#include "channel/layout.h"
#include "target/target-private.h"

typedef struct
{
  char *folder; /* XDG_RUNTIME_DIR */
  TargetListener *listener;
  GPtrArray *hellos; /* ChannelHello */
  int last_pid;
  int last_fd;
  gboolean flush_inside;
} Fixture;

static void
on_hello (int pid, const void *hello, int fd, gpointer data)
{
  Fixture *fixture = data;

  if (fixture->last_fd >= 0)
    close (fixture->last_fd);
  fixture->last_pid = pid;
  fixture->last_fd = fd;
  g_ptr_array_add (fixture->hellos, g_memdup2 (hello, sizeof (ChannelHello)));
  if (fixture->flush_inside)
    target_listener_flush (fixture->listener);
}

static void
setup (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  fixture->last_fd = -1;
  fixture->hellos = g_ptr_array_new_with_free_func (g_free);
  fixture->folder = g_dir_make_tmp ("listener-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  g_setenv ("XDG_RUNTIME_DIR", fixture->folder, TRUE);
  fixture->listener = target_listener_new (on_hello, fixture, &error);
  g_assert_no_error (error);
}

static void
teardown (Fixture *fixture, gconstpointer data)
{
  const char *argv[] = { "rm", "-rf", fixture->folder, NULL };
  g_autofree char *path = g_strdup (target_listener_get_path (fixture->listener));

  target_listener_free (fixture->listener);
  g_assert_cmpint (access (path, F_OK), ==, -1);
  if (fixture->last_fd >= 0)
    close (fixture->last_fd);
  g_spawn_sync (NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  g_ptr_array_unref (fixture->hellos);
  g_free (fixture->folder);
}

static int
connect_to (TargetListener *listener)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

  g_strlcpy (address.sun_path, target_listener_get_path (listener), sizeof address.sun_path);
  g_assert_cmpint (connect (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  return fd;
}

static void
send_message (int socket, const void *bytes, gsize length, const int *fds, guint n_fds)
{
  char control[CMSG_SPACE (64 * sizeof (int))] __attribute__ ((aligned (8))) = { 0 };
  struct iovec iov = { (void *)bytes, length };
  struct msghdr message = { .msg_iov = &iov, .msg_iovlen = 1 };

  if (n_fds > 0)
    {
      struct cmsghdr *header = (struct cmsghdr *)control;

      message.msg_control = control;
      message.msg_controllen = CMSG_SPACE (n_fds * sizeof (int));
      header->cmsg_level = SOL_SOCKET;
      header->cmsg_type = SCM_RIGHTS;
      header->cmsg_len = CMSG_LEN (n_fds * sizeof (int));
      memcpy (CMSG_DATA (header), fds, n_fds * sizeof (int));
    }
  g_assert_cmpint (sendmsg (socket, &message, MSG_NOSIGNAL), ==, (gssize)length);
}

static ChannelHello
make_hello (ChannelHelloType type)
{
  ChannelHello hello = { .magic = CHANNEL_HELLO_MAGIC,
                         .abi_major = CHANNEL_ABI_MAJOR,
                         .type = type,
                         .pid = 4711,
                         .version = "1",
                         .runtime = "uv",
                         .detail = "text" };

  return hello;
}

static guint
count_fds (void)
{
  DIR *dir = opendir ("/proc/self/fd");
  guint count = 0;

  while (readdir (dir) != NULL)
    count++;
  closedir (dir);
  return count;
}

static const ChannelHello *
get_last (Fixture *fixture)
{
  g_assert_cmpuint (fixture->hellos->len, >, 0);
  return fixture->hellos->pdata[fixture->hellos->len - 1];
}

/* ---- The kind cases -------------------------------------------------------------------------- */

static void
test_channel (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_CHANNEL);
  int memfd = memfd_create ("test", MFD_CLOEXEC);
  int socket = connect_to (fixture->listener);
  struct stat sent, received;

  send_message (socket, &hello, sizeof hello, &memfd, 1);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 1);
  /* The kernel's word, not the message's. */
  g_assert_cmpint (fixture->last_pid, ==, getpid ());
  g_assert_cmpint (fstat (memfd, &sent), ==, 0);
  g_assert_cmpint (fstat (fixture->last_fd, &received), ==, 0);
  g_assert_cmpuint (sent.st_ino, ==, received.st_ino);
  g_assert_cmpint (fcntl (fixture->last_fd, F_GETFD) & FD_CLOEXEC, ==, FD_CLOEXEC);

  /* More may follow on the same connection. */
  hello.type = CHANNEL_HELLO_RUNTIME;
  send_message (socket, &hello, sizeof hello, NULL, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 2);
  g_assert_cmpuint (get_last (fixture)->type, ==, CHANNEL_HELLO_RUNTIME);
  close (socket);
  close (memfd);
}

static void
test_sender_is_gone (Fixture *fixture, gconstpointer data)
{
  pid_t pid = fork ();

  if (pid == 0)
    {
      ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);

      send_message (connect_to (fixture->listener), &hello, sizeof hello, NULL, 0);
      _exit (0);
    }
  waitpid (pid, NULL, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 1);
  g_assert_cmpint (fixture->last_pid, ==, pid);
}

/* Of two connections of a process the first has not spoken when it is accepted. */
static void
test_messages_keep_their_order (Fixture *fixture, gconstpointer data)
{
  ChannelHello first = make_hello (CHANNEL_HELLO_RUNTIME);
  ChannelHello second = make_hello (CHANNEL_HELLO_RUNTIME);
  int early, late;

  g_strlcpy (first.runtime, "first", sizeof first.runtime);
  g_strlcpy (second.runtime, "second", sizeof second.runtime);
  early = connect_to (fixture->listener);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
  send_message (early, &first, sizeof first, NULL, 0);
  late = connect_to (fixture->listener);
  send_message (late, &second, sizeof second, NULL, 0);
  if (GPOINTER_TO_INT (data))
    target_listener_flush (fixture->listener);
  else
    while (g_main_context_iteration (NULL, FALSE))
      ;
  g_assert_cmpuint (fixture->hellos->len, ==, 2);
  g_assert_cmpstr (((ChannelHello *)fixture->hellos->pdata[0])->runtime, ==, "first");
  g_assert_cmpstr (((ChannelHello *)fixture->hellos->pdata[1])->runtime, ==, "second");
  close (early);
  close (late);
}

static gboolean
on_timeout (gpointer data)
{
  g_error ("the main context has not been told within 20 s");
  return G_SOURCE_REMOVE;
}

static void
test_main_context (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  guint timeout = g_timeout_add_seconds (20, on_timeout, NULL);
  int socket = connect_to (fixture->listener);

  /* Accepted first, and read later. */
  g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
  send_message (socket, &hello, sizeof hello, NULL, 0);
  close (socket);
  while (fixture->hellos->len == 0)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timeout);
  /* Nothing is left that would wake it again and again. */
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_callback_may_flush (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  int sockets[3];

  fixture->flush_inside = TRUE;
  for (guint i = 0; i < 3; i++)
    {
      sockets[i] = connect_to (fixture->listener);
      send_message (sockets[i], &hello, sizeof hello, NULL, 0);
      close (sockets[i]);
    }
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 3);
}

/* ---- The hostile ones ------------------------------------------------------------------------ */

static void
test_no_message (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  char large[sizeof hello + 1] = "";
  int memfd = memfd_create ("test", MFD_CLOEXEC);
  int socket = connect_to (fixture->listener);
  guint n_fds;

  target_listener_flush (fixture->listener);
  n_fds = count_fds ();
  send_message (socket, &hello, sizeof hello - 1, &memfd, 1);
  memcpy (large, &hello, sizeof hello);
  send_message (socket, large, sizeof large, &memfd, 1);
  hello.magic++;
  send_message (socket, &hello, sizeof hello, &memfd, 1);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
  g_assert_cmpuint (count_fds (), ==, n_fds);

  /* And it is still heard when it comes to its senses. */
  hello.magic--;
  send_message (socket, &hello, sizeof hello, NULL, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 1);
  close (socket);
  close (memfd);
}

static void
test_wrong_number_of_files (Fixture *fixture, gconstpointer data)
{
  static const guint counts[] = { 0, 2, 8, 9, 60 };
  ChannelHello hello = make_hello (CHANNEL_HELLO_CHANNEL);
  int socket = connect_to (fixture->listener);
  int fds[60];
  guint n_fds;

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = STDIN_FILENO;
  target_listener_flush (fixture->listener);
  n_fds = count_fds ();
  for (guint i = 0; i < G_N_ELEMENTS (counts); i++)
    {
      send_message (socket, &hello, sizeof hello, fds, counts[i]);
      target_listener_flush (fixture->listener);
      g_assert_cmpint (fixture->last_fd, ==, -1);
      g_assert_cmpuint (count_fds (), ==, n_fds);
    }
  /* None of them passed as a channel. */
  for (guint i = 0; i < fixture->hellos->len; i++)
    g_assert_cmpuint (((ChannelHello *)fixture->hellos->pdata[i])->type, ==, CHANNEL_HELLO_REFUSED);
  /* A file where none belongs is closed. */
  hello.type = CHANNEL_HELLO_RUNTIME;
  send_message (socket, &hello, sizeof hello, fds, 1);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (get_last (fixture)->type, ==, CHANNEL_HELLO_RUNTIME);
  g_assert_cmpint (fixture->last_fd, ==, -1);
  g_assert_cmpuint (count_fds (), ==, n_fds);
  close (socket);
}

static void
test_other_version (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_CHANNEL);
  int memfd = memfd_create ("test", MFD_CLOEXEC);
  int socket = connect_to (fixture->listener);

  hello.abi_major = CHANNEL_ABI_MAJOR + 1;
  send_message (socket, &hello, sizeof hello, &memfd, 1);
  target_listener_flush (fixture->listener);
  g_assert_cmpint (fixture->last_fd, ==, -1);
  g_assert_cmpuint (get_last (fixture)->type, ==, CHANNEL_HELLO_REFUSED);
  g_assert_cmpuint (get_last (fixture)->reason, ==, CHANNEL_REFUSED_ABI);
  close (socket);
  close (memfd);
}

static void
test_texts_without_end (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  int socket = connect_to (fixture->listener);

  memset (hello.version, 'v', sizeof hello.version);
  memset (hello.runtime, 'r', sizeof hello.runtime);
  memset (hello.detail, 'd', sizeof hello.detail);
  send_message (socket, &hello, sizeof hello, NULL, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (strlen (get_last (fixture)->version), ==, sizeof hello.version - 1);
  g_assert_cmpuint (strlen (get_last (fixture)->runtime), ==, sizeof hello.runtime - 1);
  g_assert_cmpuint (strlen (get_last (fixture)->detail), ==, sizeof hello.detail - 1);
  close (socket);
}

static void
test_silent_crowd (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  int silent[400];
  int socket;

  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    {
      silent[i] = connect_to (fixture->listener);
      target_listener_flush (fixture->listener);
    }
  /* The oldest had to go, the others may speak still. */
  send_message (silent[399], &hello, sizeof hello, NULL, 0);
  socket = connect_to (fixture->listener);
  send_message (socket, &hello, sizeof hello, NULL, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 2);
  g_assert_cmpint (send (silent[0], "x", 1, MSG_NOSIGNAL), ==, -1);
  for (guint i = 0; i < G_N_ELEMENTS (silent); i++)
    close (silent[i]);
  close (socket);
}

/* The kernel drops a descriptor for which there is no room, and keeps a connection waiting. */
static void
test_no_more_descriptors (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_CHANNEL);
  int memfd = memfd_create ("test", MFD_CLOEXEC);
  int first = connect_to (fixture->listener);
  int second;
  int filling[64];
  guint n_filling = 0;
  struct rlimit before, few;
  char byte;

  target_listener_flush (fixture->listener);
  second = connect_to (fixture->listener);
  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &before), ==, 0);
  few = before;
  few.rlim_cur = G_N_ELEMENTS (filling);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &few), ==, 0);
  while ((filling[n_filling] = dup (STDIN_FILENO)) >= 0)
    n_filling++;

  send_message (first, &hello, sizeof hello, &memfd, 1);
  g_test_expect_message ("async-inspect", G_LOG_LEVEL_WARNING, "*ulimit -n*");
  target_listener_flush (fixture->listener);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (get_last (fixture)->type, ==, CHANNEL_HELLO_REFUSED);
  g_assert_cmpint (fixture->last_fd, ==, -1);
  /* Turned away, and not left waiting. */
  g_assert_cmpint (recv (second, &byte, 1, MSG_DONTWAIT), ==, 0);

  while (n_filling > 0)
    close (filling[--n_filling]);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &before), ==, 0);
  close (first);
  close (second);
  close (memfd);
}

static void
test_other_user (Fixture *fixture, gconstpointer data)
{
  ChannelHello hello = make_hello (CHANNEL_HELLO_RUNTIME);
  g_autofree char *folder = g_path_get_dirname (target_listener_get_path (fixture->listener));
  int status = 0;
  pid_t pid;

  if (geteuid () != 0)
    {
      g_test_skip ("only root can be somebody else");
      return;
    }
  /* Even where the file system would let it in. */
  g_chmod (fixture->folder, 0755);
  g_chmod (folder, 0755);
  g_chmod (target_listener_get_path (fixture->listener), 0666);
  pid = fork ();
  if (pid == 0)
    {
      int socket;

      if (setresgid (12345, 12345, 12345) != 0 || setresuid (12345, 12345, 12345) != 0)
        _exit (1);
      socket = connect_to (fixture->listener);
      send (socket, &hello, sizeof hello, MSG_NOSIGNAL);
      _exit (0);
    }
  waitpid (pid, &status, 0);
  g_assert_cmpint (status, ==, 0);
  target_listener_flush (fixture->listener);
  g_assert_cmpuint (fixture->hellos->len, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/listener/" path, Fixture, NULL, setup, func, teardown)
  ADD ("channel", test_channel);
  ADD ("sender-is-gone", test_sender_is_gone);
  ADD ("messages-keep-their-order", test_messages_keep_their_order);
  g_test_add ("/listener/messages-keep-their-order/when-flushed", Fixture, GINT_TO_POINTER (TRUE),
              setup, test_messages_keep_their_order, teardown);
  ADD ("main-context", test_main_context);
  ADD ("callback-may-flush", test_callback_may_flush);
  ADD ("no-message", test_no_message);
  ADD ("wrong-number-of-files", test_wrong_number_of_files);
  ADD ("other-version", test_other_version);
  ADD ("texts-without-end", test_texts_without_end);
  ADD ("silent-crowd", test_silent_crowd);
  ADD ("no-more-descriptors", test_no_more_descriptors);
  ADD ("other-user", test_other_user);
  return g_test_run ();
}
