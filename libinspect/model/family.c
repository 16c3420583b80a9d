/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "model/family.h"

#include <string.h>

#include "inspect.h"

typedef struct
{
  const char *word; /* in the name; NULL: whatever the name is */
  guint32 flags;    /* any of them; 0: whatever they are */
  ModelFamily family;
} Rule;

/* The first that holds. A file that a pool reads is a file, for that is what is slow; what is read and is
 * not said to be a file is most likely a descriptor that somebody else writes to. */
static const Rule rules[] = {
  { NULL, INSPECT_AWAIT_LOOP | INSPECT_AWAIT_CLOSES, MODEL_FAMILY_OTHER },
  { NULL, INSPECT_AWAIT_TIMER, MODEL_FAMILY_TIMER },
  { "cancel", 0, MODEL_FAMILY_OTHER },
  { "initable", 0, MODEL_FAMILY_OTHER },

  { "socket", 0, MODEL_FAMILY_NETWORK },
  { "dbus", 0, MODEL_FAMILY_NETWORK },

  { "fs", 0, MODEL_FAMILY_FILE },
  { "file", 0, MODEL_FAMILY_FILE },
  { "disk", 0, MODEL_FAMILY_FILE },
  { "open", 0, MODEL_FAMILY_FILE },
  { "stat", 0, MODEL_FAMILY_FILE },
  { "inotify", 0, MODEL_FAMILY_FILE },
  { "change", 0, MODEL_FAMILY_FILE },
  { "mount", 0, MODEL_FAMILY_FILE },
  { "volume", 0, MODEL_FAMILY_FILE },
  { "drive", 0, MODEL_FAMILY_FILE },
  { "icon", 0, MODEL_FAMILY_FILE },

  { "process", 0, MODEL_FAMILY_PROCESS },
  { "subprocess", 0, MODEL_FAMILY_PROCESS },
  { "child", 0, MODEL_FAMILY_PROCESS },
  { "signal", 0, MODEL_FAMILY_PROCESS },
  { "launch", 0, MODEL_FAMILY_PROCESS },

  { "lock", 0, MODEL_FAMILY_LOCK },
  { "mutex", 0, MODEL_FAMILY_LOCK },
  { "rwlock", 0, MODEL_FAMILY_LOCK },
  { "semaphore", 0, MODEL_FAMILY_LOCK },
  { "condition", 0, MODEL_FAMILY_LOCK },
  { "barrier", 0, MODEL_FAMILY_LOCK },
  { "once", INSPECT_AWAIT_INTERNAL, MODEL_FAMILY_LOCK },

  { "channel", 0, MODEL_FAMILY_CHANNEL },
  { "queue", 0, MODEL_FAMILY_CHANNEL },
  { "oneshot", 0, MODEL_FAMILY_CHANNEL },
  { "broadcast", 0, MODEL_FAMILY_CHANNEL },
  { "notify", 0, MODEL_FAMILY_CHANNEL },
  { "message", 0, MODEL_FAMILY_CHANNEL },
  { "async", 0, MODEL_FAMILY_CHANNEL },
  { "activation", 0, MODEL_FAMILY_CHANNEL },
  { "send", INSPECT_AWAIT_INTERNAL, MODEL_FAMILY_CHANNEL },
  { "receive", INSPECT_AWAIT_INTERNAL, MODEL_FAMILY_CHANNEL },
  { "watch", INSPECT_AWAIT_INTERNAL, MODEL_FAMILY_CHANNEL },

  { "task", 0, MODEL_FAMILY_TASK },
  { "join", 0, MODEL_FAMILY_TASK },

  { "work", 0, MODEL_FAMILY_POOL },
  { "pool", 0, MODEL_FAMILY_POOL },
  { "blocking", 0, MODEL_FAMILY_POOL },

  { "timer", 0, MODEL_FAMILY_TIMER },
  { "timeout", 0, MODEL_FAMILY_TIMER },
  { "sleep", 0, MODEL_FAMILY_TIMER },

  { "accept", 0, MODEL_FAMILY_NETWORK },
  { "connect", 0, MODEL_FAMILY_NETWORK },
  { "connection", 0, MODEL_FAMILY_NETWORK },
  { "network", 0, MODEL_FAMILY_NETWORK },
  { "resolver", 0, MODEL_FAMILY_NETWORK },
  { "proxy", 0, MODEL_FAMILY_NETWORK },
  { "lookup", 0, MODEL_FAMILY_NETWORK },
  { "getaddrinfo", 0, MODEL_FAMILY_NETWORK },
  { "getnameinfo", 0, MODEL_FAMILY_NETWORK },
  { "http", 0, MODEL_FAMILY_NETWORK },
  { "soup", 0, MODEL_FAMILY_NETWORK },
  { "tls", 0, MODEL_FAMILY_NETWORK },
  { "dtls", 0, MODEL_FAMILY_NETWORK },
  { "bus", 0, MODEL_FAMILY_NETWORK },
  { "udp", 0, MODEL_FAMILY_NETWORK },
  { "shutdown", 0, MODEL_FAMILY_NETWORK },
  { "send", 0, MODEL_FAMILY_NETWORK },
  { "receive", 0, MODEL_FAMILY_NETWORK },
  { "poll", 0, MODEL_FAMILY_NETWORK },
  { "watch", 0, MODEL_FAMILY_NETWORK },
  { "splice", 0, MODEL_FAMILY_NETWORK },
  { "fd", 0, MODEL_FAMILY_NETWORK },
  { "descriptor", 0, MODEL_FAMILY_NETWORK },

  /* What this runtime calls reading and writing is that of files: of others it says so. */
  { "io_uring", INSPECT_AWAIT_ONESHOT, MODEL_FAMILY_FILE },
  { "read", 0, MODEL_FAMILY_NETWORK },
  { "write", 0, MODEL_FAMILY_NETWORK },
  { "readable", 0, MODEL_FAMILY_NETWORK },
  { "writable", 0, MODEL_FAMILY_NETWORK },
  { "stream", 0, MODEL_FAMILY_NETWORK },

  { NULL, INSPECT_AWAIT_EXTERNAL, MODEL_FAMILY_PROCESS },
  { NULL, INSPECT_AWAIT_POOL, MODEL_FAMILY_POOL },
  { NULL, INSPECT_AWAIT_LISTENS | INSPECT_AWAIT_ASKS | INSPECT_AWAIT_ANSWERS,
    MODEL_FAMILY_NETWORK },
};

static gboolean
has_word (const char *name, const char *word)
{
  gsize length = strlen (word);

  for (const char *at = name;; at++)
    {
      gsize n = strcspn (at, ".-");

      if (n == length && memcmp (at, word, n) == 0)
        return TRUE;
      at += n;
      if (*at == '\0')
        return FALSE;
    }
}

ModelFamily
model_family_of (const char *name, guint32 flags)
{
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    if ((rules[i].flags == 0 || (rules[i].flags & flags) != 0) &&
        (rules[i].word == NULL || has_word (name, rules[i].word)))
      return rules[i].family;
  return MODEL_FAMILY_OTHER;
}
