/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* What is waited for, by the names and flags that runtimes give to their kinds of await. */

#include "model/family.h"

#include "inspect.h"

#define ONCE INSPECT_AWAIT_ONESHOT
#define AGAIN INSPECT_AWAIT_REPEATS
#define WATCHES INSPECT_AWAIT_WATCHES
#define INTERNAL INSPECT_AWAIT_INTERNAL
#define BLOCKS INSPECT_AWAIT_BLOCKS
#define POOL INSPECT_AWAIT_POOL
#define TIMER INSPECT_AWAIT_TIMER
#define LOOP INSPECT_AWAIT_LOOP

static const struct
{
  const char *name;
  guint32 flags;
  ModelFamily family;
} kinds[] = {
  { "uv.timer", ONCE | TIMER, MODEL_FAMILY_TIMER },
  { "uv.timer-repeat", AGAIN | TIMER, MODEL_FAMILY_TIMER },
  { "uv.timer", AGAIN | WATCHES, MODEL_FAMILY_TIMER }, /* of a program that was only looked at */
  { "rust.interval", TIMER | AGAIN, MODEL_FAMILY_TIMER },
  { "sd-event.time", ONCE | TIMER, MODEL_FAMILY_TIMER },
  { "uv.tcp-connect", ONCE, MODEL_FAMILY_NETWORK },
  { "uv.read", AGAIN | INSPECT_AWAIT_ANSWERS, MODEL_FAMILY_NETWORK },
  { "uv.listen", AGAIN | INSPECT_AWAIT_LISTENS, MODEL_FAMILY_NETWORK },
  { "uv.getaddrinfo", ONCE | POOL, MODEL_FAMILY_NETWORK },
  { "uv.udp-send", ONCE, MODEL_FAMILY_NETWORK },
  { "uv.poll", AGAIN | WATCHES, MODEL_FAMILY_NETWORK },
  { "glib.fd", AGAIN | WATCHES, MODEL_FAMILY_NETWORK },
  { "libevent.lookup", ONCE, MODEL_FAMILY_NETWORK },
  { "libevent.http", ONCE, MODEL_FAMILY_NETWORK },
  { "soup.send-and-read", ONCE, MODEL_FAMILY_NETWORK },
  { "io_uring.receive", INSPECT_AWAIT_ANSWERS, MODEL_FAMILY_NETWORK },
  { "io_uring.watch-read", WATCHES, MODEL_FAMILY_NETWORK },
  { "gio.dbus-connection-call", ONCE, MODEL_FAMILY_NETWORK },
  { "gio.socket-condition-wait-sync", BLOCKS, MODEL_FAMILY_NETWORK },
  { "gio.socket-client-connect-to-host", ONCE, MODEL_FAMILY_NETWORK },
  { "gio.resolver-lookup-by-name", ONCE, MODEL_FAMILY_NETWORK },
  { "co.readable", ONCE, MODEL_FAMILY_NETWORK },
  { "mine.query", ONCE | INSPECT_AWAIT_ASKS, MODEL_FAMILY_NETWORK },
  { "uv.fs-read", ONCE | POOL, MODEL_FAMILY_FILE },
  { "uv.fs-close", ONCE | POOL, MODEL_FAMILY_FILE },
  { "libev.stat", AGAIN | WATCHES, MODEL_FAMILY_FILE },
  { "gio.file-load-contents", ONCE, MODEL_FAMILY_FILE },
  { "gio.mount-unmount", ONCE, MODEL_FAMILY_FILE },
  { "io_uring.read", ONCE, MODEL_FAMILY_FILE },
  { "io_uring.open", ONCE, MODEL_FAMILY_FILE },
  { "thread.lock", BLOCKS | INTERNAL | ONCE, MODEL_FAMILY_LOCK },
  { "thread.read-lock", BLOCKS | INTERNAL | ONCE, MODEL_FAMILY_LOCK },
  { "thread.condition", BLOCKS | INTERNAL, MODEL_FAMILY_LOCK },
  { "rust.mutex", INTERNAL, MODEL_FAMILY_LOCK },
  { "rust.once", INTERNAL, MODEL_FAMILY_LOCK },
  { "rust.channel-full", INTERNAL, MODEL_FAMILY_CHANNEL },
  { "rust.watch", INTERNAL, MODEL_FAMILY_CHANNEL },
  { "co.receive", INTERNAL | ONCE, MODEL_FAMILY_CHANNEL },
  { "co.send", INTERNAL | ONCE, MODEL_FAMILY_CHANNEL },
  { "uv.async", AGAIN | WATCHES, MODEL_FAMILY_CHANNEL },
  { "uv.process", ONCE | INSPECT_AWAIT_EXTERNAL, MODEL_FAMILY_PROCESS },
  { "glib.signal", AGAIN | WATCHES, MODEL_FAMILY_PROCESS },
  { "gio.subprocess-wait-sync", BLOCKS | ONCE, MODEL_FAMILY_PROCESS },
  { "uv.work", ONCE | POOL, MODEL_FAMILY_POOL },
  { "uv.random", ONCE | POOL, MODEL_FAMILY_POOL },
  { "glib.pool-job", ONCE | POOL, MODEL_FAMILY_POOL },
  { "rust.blocking", INTERNAL, MODEL_FAMILY_POOL },
  { "thread.join", BLOCKS | INTERNAL | ONCE, MODEL_FAMILY_TASK },
  { "rust.task", INTERNAL, MODEL_FAMILY_TASK },
  { "gio.task", INTERNAL, MODEL_FAMILY_TASK },
  { "glib.poll", AGAIN | LOOP, MODEL_FAMILY_OTHER },
  { "uv.close", ONCE | INSPECT_AWAIT_CLOSES, MODEL_FAMILY_OTHER },
  { "uv.idle", AGAIN | LOOP, MODEL_FAMILY_OTHER },
  { "rust.unknown", INTERNAL, MODEL_FAMILY_OTHER },
  { "mine.profile", ONCE, MODEL_FAMILY_OTHER }, /* "file" is no word of it */
  { "", 0, MODEL_FAMILY_OTHER },
  { "-.-", 0, MODEL_FAMILY_OTHER },
};

static void
test_kinds (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      ModelFamily family = model_family_of (kinds[i].name, kinds[i].flags);

      if (family != kinds[i].family)
        g_test_message ("%s is of family %d", kinds[i].name, family);
      g_assert_cmpint (family, ==, kinds[i].family);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/family/kinds", test_kinds);
  return g_test_run ();
}
