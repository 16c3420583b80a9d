/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <glib/gstdio.h>

static const char *
need_env (const char *name)
{
  const char *value = g_getenv (name);

  if (value == NULL)
    g_error ("%s is not set; run the tests by meson", name);
  return value;
}

char *
agent_fixture_path (const char *name)
{
  return g_build_filename (need_env ("TEST_AGENT_BUILD"), name, NULL);
}

char *
agent_fixture_runtime (const char *plugin)
{
  g_autofree char *path = agent_fixture_path (plugin);

  return g_strdup_printf ("toy=%s=toy_run", path);
}

/* ---- Set up and tear down -------------------------------------------------------------------- */

static int
listen_at (const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpuint (strlen (path), <, sizeof address.sun_path);
  strcpy (address.sun_path, path);
  g_assert_cmpint (bind (fd, (struct sockaddr *)&address, sizeof address), ==, 0);
  g_assert_cmpint (listen (fd, 512), ==, 0);
  return fd;
}

void
agent_fixture_set_up (AgentFixture *fixture, gconstpointer data)
{
  int fd;

  fixture->folder = g_dir_make_tmp ("agent-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->socket_path = g_build_filename (fixture->folder, "socket", NULL);
  fixture->counts_path = g_build_filename (fixture->folder, "counts", NULL);
  fixture->listener = listen_at (fixture->socket_path);
  fixture->runtimes = agent_fixture_runtime ("toy-plugin.so");
  fixture->options = "payload=1,rings=8,records=1024";
  fixture->hellos = g_array_new (FALSE, FALSE, sizeof (ChannelHello));

  fd = g_open (fixture->counts_path, O_RDWR | O_CREAT, 0600);
  g_assert_cmpint (ftruncate (fd, sizeof (Counts)), ==, 0);
  fixture->counts = mmap (NULL, sizeof (Counts), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  g_assert_true (fixture->counts != MAP_FAILED);
  g_close (fd, NULL);
}

static void
run_clear (AgentRun *run)
{
  g_free (run->out);
  g_free (run->err);
}

void
agent_fixture_tear_down (AgentFixture *fixture, gconstpointer data)
{
  g_close (fixture->listener, NULL);
  munmap (fixture->counts, sizeof (Counts));
  g_unlink (fixture->socket_path);
  g_unlink (fixture->counts_path);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_array_unref (fixture->hellos);
  run_clear (&fixture->plain);
  run_clear (&fixture->inspected);
  g_free (fixture->runtimes);
  g_free (fixture->folder);
  g_free (fixture->socket_path);
  g_free (fixture->counts_path);
}

/* ---- Runs ------------------------------------------------------------------------------------ */

static void
spawn (AgentRun *run, char **environment, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_environ (launcher, environment);
  process = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8 (process, NULL, NULL, &run->out, &run->err, &error);
  g_assert_no_error (error);
  run->status = g_subprocess_get_if_exited (process) ? g_subprocess_get_exit_status (process)
                                                     : 128 + g_subprocess_get_term_sig (process);
}

static char **
make_environment (AgentFixture *fixture, gboolean inspected)
{
  char **environment = g_get_environ ();
  GString *preload = g_string_new (NULL);

  if (inspected)
    g_string_append (preload, need_env ("TEST_AGENT"));
  if (fixture->preload != NULL)
    g_string_append_printf (preload, "%s%s", preload->len > 0 ? ":" : "", fixture->preload);
  if (preload->len > 0)
    environment = g_environ_setenv (environment, "LD_PRELOAD", preload->str, TRUE);
  g_string_free (preload, TRUE);
  if (!inspected)
    return environment;
  environment = g_environ_setenv (environment, COUNTS_ENV, fixture->counts_path, TRUE);
  if (fixture->no_inspector)
    return environment;
  environment = g_environ_setenv (environment, CHANNEL_ENV_SOCKET, fixture->socket_path, TRUE);
  environment = g_environ_setenv (environment, CHANNEL_ENV_RUNTIMES, fixture->runtimes, TRUE);
  return g_environ_setenv (environment, CHANNEL_ENV_OPTIONS, fixture->options, TRUE);
}

/* Takes what one connection has to say. */
static void
receive (AgentFixture *fixture, int connection)
{
  ChannelHello hello;
  char control[CMSG_SPACE (sizeof (int))];
  struct iovec bytes = { &hello, sizeof hello };
  struct msghdr message = {
    .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control
  };
  struct cmsghdr *attached;
  int fd;

  g_assert_cmpint (recvmsg (connection, &message, 0), ==, sizeof hello);
  g_assert_cmphex (hello.magic, ==, CHANNEL_HELLO_MAGIC);
  attached = CMSG_FIRSTHDR (&message);
  if (attached != NULL)
    {
      memcpy (&fd, CMSG_DATA (attached), sizeof fd);
      g_close (fd, NULL);
      fixture->n_memfds++;
    }
  g_array_append_val (fixture->hellos, hello);
}

/* The messages wait in the socket: who sent them has ended. */
static void
receive_all (AgentFixture *fixture)
{
  int connection;

  while ((connection = accept (fixture->listener, NULL, NULL)) >= 0)
    {
      receive (fixture, connection);
      g_close (connection, NULL);
    }
  g_assert_cmpint (errno, ==, EAGAIN);
}

void
agent_fixture_run_inspected (AgentFixture *fixture, const char *const *argv)
{
  g_auto (GStrv) environment = make_environment (fixture, TRUE);

  spawn (&fixture->inspected, environment, argv);
  receive_all (fixture);
}

void
agent_fixture_run (AgentFixture *fixture, const char *const *argv)
{
  g_auto (GStrv) environment = make_environment (fixture, FALSE);

  spawn (&fixture->plain, environment, argv);
  agent_fixture_run_inspected (fixture, argv);
  g_assert_cmpstr (fixture->inspected.err, ==, fixture->plain.err);
  g_assert_cmpstr (fixture->inspected.out, ==, fixture->plain.out);
  g_assert_cmpint (fixture->inspected.status, ==, fixture->plain.status);
  /* A program that did nothing proves nothing. */
  g_assert_cmpstr (fixture->plain.out, !=, "");
}

const ChannelHello *
agent_fixture_find_hello (AgentFixture *fixture, ChannelHelloType type)
{
  const ChannelHello *found = NULL;

  for (guint i = 0; i < fixture->hellos->len; i++)
    {
      const ChannelHello *hello = &g_array_index (fixture->hellos, ChannelHello, i);

      if (hello->type != type)
        continue;
      g_assert_null (found);
      found = hello;
    }
  return found;
}
