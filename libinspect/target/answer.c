/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "target/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/inside-layout.h"
#include "channel/handshake.h"
#include "target/inside.h"
#include "target/probed.h"
#include "target/probes.h"

/* NULL: no probe answers that runtime plugin. */
static const InspectorProbe *
find_probe (GPtrArray *probes, const char *runtime)
{
  for (guint i = 0; i < probes->len; i++)
    {
      TargetProbe *probe = probes->pdata[i];
      g_autofree char *why = NULL;

      /* Whoever looks at the process with it says what is wrong with it. */
      if (target_probe_load (probe, &why) &&
          probe->probe->size >=
              G_STRUCT_OFFSET (InspectorProbe, answer) + sizeof probe->probe->answer &&
          probe->probe->answer != NULL && g_strcmp0 (probe->probe->answers, runtime) == 0)
        return probe->probe;
    }
  return NULL;
}

gboolean
target_answer_is_awaited (const char *runtime)
{
  g_autoptr (GPtrArray) probes = target_probes_find (TRUE, NULL);

  return find_probe (probes, runtime) != NULL;
}

static void
on_cancelled (GCancellable *cancellable, gpointer probed)
{
  target_probed_cancel (probed);
}

/* No question of what is known, but to have something done that only others than its own threads can do. */
static GBytes *
fulfil (int pid)
{
  static const char done[] = "done";

  return target_inside_fulfil (pid) ? g_bytes_new_static (done, sizeof done) : NULL;
}

static GBytes *
ask_probe (int pid, const char *runtime, GCancellable *cancellable)
{
  g_autofree char *cache = g_build_filename (g_get_user_cache_dir (), "async-inspect", NULL);
  g_autoptr (GPtrArray) probes = target_probes_find (TRUE, NULL);
  const InspectorProbe *probe = find_probe (probes, runtime);
  g_autoptr (TargetProbed) probed = NULL;
  const InspectorProbeTarget *target;
  GBytes *answer = NULL;
  gulong handler = 0;

  if (probe == NULL)
    return NULL;
  probed = target_probed_new (pid, cache);
  if (cancellable != NULL)
    handler = g_cancellable_connect (cancellable, G_CALLBACK (on_cancelled), probed, NULL);
  target = target_probed_look (probed);
  if (target != NULL)
    answer = probe->answer (target);
  g_cancellable_disconnect (cancellable, handler);
  if (answer != NULL && g_bytes_get_size (answer) > CHANNEL_ANSWER_MAX)
    g_clear_pointer (&answer, g_bytes_unref);
  return answer;
}

GBytes *
target_answer_find (int pid, const char *runtime, GCancellable *cancellable)
{
  return strcmp (runtime, AGENT_INSIDE_QUESTION) == 0 ? fulfil (pid)
                                                      : ask_probe (pid, runtime, cancellable);
}

static int
put_in_memfd (GBytes *bytes)
{
  gsize size, done = 0;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  int fd = memfd_create ("async-inspect-answer", MFD_CLOEXEC);

  while (fd >= 0 && done < size)
    {
      gssize got = write (fd, data + done, size - done);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          close (fd);
          return -1;
        }
      done += (gsize)got;
    }
  return fd;
}

gboolean
target_answer_send (int socket, const char *runtime, GBytes *bytes)
{
  union
  {
    struct cmsghdr header;
    char bytes[CMSG_SPACE (sizeof (int))];
  } control;
  ChannelAnswer answer = { .magic = CHANNEL_ANSWER_MAGIC };
  struct iovec part = { &answer, sizeof answer };
  struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };
  int fd = bytes != NULL ? put_in_memfd (bytes) : -1;
  gssize sent;

  g_strlcpy (answer.runtime, runtime, sizeof answer.runtime);
  if (fd >= 0)
    {
      answer.size = (guint32)g_bytes_get_size (bytes);
      memset (&control, 0, sizeof control);
      control.header.cmsg_level = SOL_SOCKET;
      control.header.cmsg_type = SCM_RIGHTS;
      control.header.cmsg_len = CMSG_LEN (sizeof fd);
      memcpy (CMSG_DATA (&control.header), &fd, sizeof fd);
      message.msg_control = &control;
      message.msg_controllen = sizeof control.bytes;
    }
  sent = sendmsg (socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (fd >= 0)
    close (fd);
  return sent == (gssize)sizeof answer;
}
