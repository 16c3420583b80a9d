/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "jobs.h"

#include <stddef.h>
#include <string.h>

#include "inspect-keys.h"

#define MAX_TRIES 5u
#define MAX_TEXT 1024u
#define MAX_BUFFERS 1024u

#define KEY(var, name, label, type)                                                                \
  static const InspectKind key_##var = { name, label, INSPECT_KIND_KEY, INSPECT_VALUE_##type, 0, 0 }
KEY (running, INSPECT_KEY_RUNNING, "running", BOOL);
KEY (work, INSPECT_KEY_WORK, "work", CODE);
KEY (bytes, INSPECT_KEY_BYTES, "asked for", BYTES);
KEY (fd, INSPECT_KEY_FD, "descriptor", FD);
KEY (path, INSPECT_KEY_PATH, "path", TEXT);
KEY (to, "to", "to", TEXT);
KEY (host, INSPECT_KEY_HOST, "host", TEXT);

typedef union
{
  uv_req_t any;
  uv_work_t work;
  uv_fs_t fs;
  uv_getaddrinfo_t name;
  uv_getnameinfo_t address;
  uv_random_t random;
} Request;

/* A link of a ring. */
typedef struct
{
  guint64 next, previous;
} Link;

static const struct
{
  uv_req_type type;
  gsize size, work, loop; /* where it has these */
} sorts[] = {
#define SORT(type, name)                                                                           \
  {                                                                                                \
    type, sizeof (name), offsetof (name, work_req), offsetof (name, loop)                          \
  }
  SORT (UV_WORK, uv_work_t),
  SORT (UV_FS, uv_fs_t),
  SORT (UV_GETADDRINFO, uv_getaddrinfo_t),
  SORT (UV_GETNAMEINFO, uv_getnameinfo_t),
  SORT (UV_RANDOM, uv_random_t),
};

/* ---- Whether it is one --------------------------------------------------------------------------- */

static gboolean
is_writable (const InspectorProbeTarget *target, guint64 address)
{
  const InspectorProbeRegion *region = inspector_probe_find_region (target, address);

  return address % sizeof (gpointer) == 0 && region != NULL && region->is_writable;
}

static int
find_sort (uv_req_type type)
{
  for (guint i = 0; i < G_N_ELEMENTS (sorts); i++)
    if (sorts[i].type == type)
      return (int)i;
  return -1;
}

static gboolean
has_loop (const Request *request, guint sort, guint64 loop)
{
  guint64 found;

  memcpy (&found, (const guint8 *)request + sorts[sort].loop, sizeof found);
  return request->any.type == sorts[sort].type && found == loop;
}

/* The function that a thread calls becomes NULL when it has returned. */
gboolean
look_is_job (const InspectorProbeTarget *target, guint64 address, const guint64 *words,
             LookJob *ret_job)
{
  guint64 loop = words[2];

  if (words[0] == 0 || words[1] == 0 || loop == 0 || !is_writable (target, words[3]) ||
      !is_writable (target, words[4]) || !is_writable (target, loop) ||
      !inspector_probe_is_code (target, words[0]) || !inspector_probe_is_code (target, words[1]))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (sorts); i++)
    {
      Request request;

      if (!target->read (target->data, address - sorts[i].work, &request, sorts[i].size) ||
          !has_loop (&request, i, loop))
        continue;
      *ret_job = (LookJob){ address - sorts[i].work, loop, sorts[i].type };
      return TRUE;
    }
  return FALSE;
}

/* ---- What it does ---------------------------------------------------------------------------------- */

typedef struct
{
  guint64 callback;
  InspectorProbeAttribute attributes[LOOK_MAX_ATTRIBUTES];
  guint n;
  char path[MAX_TEXT], to[MAX_TEXT];
} Known;

static void
add (Known *known, const InspectKind *key, guint64 value, const char *text)
{
  known->attributes[known->n++] = (InspectorProbeAttribute){ key, value, text };
}

/* Text of the program's; it may end where the memory does. */
static gboolean
read_text (const LookTeller *teller, guint64 address, char *text)
{
  gsize length = MAX_TEXT - 1;

  if (address != 0 && !look_read (teller, address, text, length))
    length = MIN (length, 4096 - address % 4096);
  if (address == 0 || !look_read (teller, address, text, length))
    return FALSE;
  text[length] = '\0';
  return *text != '\0';
}

static void
know_buffers (const LookTeller *teller, const uv_fs_t *request, guint64 address, Known *known)
{
  guint64 own = address + offsetof (uv_fs_t, bufsml);
  guint64 buffers = GPOINTER_TO_SIZE (request->bufs), bytes = 0;

  if (request->nbufs > MAX_BUFFERS)
    return;
  for (guint i = 0; i < request->nbufs; i++)
    {
      uv_buf_t buffer;

      if (buffers == own && i < G_N_ELEMENTS (request->bufsml))
        buffer = request->bufsml[i];
      else if (!look_read (teller, buffers + i * sizeof buffer, &buffer, sizeof buffer))
        return;
      bytes += buffer.len;
    }
  add (known, &key_bytes, bytes, NULL);
}

static void
know_file (const LookTeller *teller, const uv_fs_t *request, guint64 address, Known *known)
{
  known->callback = GPOINTER_TO_SIZE ((gpointer)request->cb);
  switch (request->fs_type)
    {
    case UV_FS_READ:
    case UV_FS_WRITE:
      know_buffers (teller, request, address, known);
      G_GNUC_FALLTHROUGH;
    case UV_FS_CLOSE:
    case UV_FS_FCHMOD:
    case UV_FS_FCHOWN:
    case UV_FS_FDATASYNC:
    case UV_FS_FSTAT:
    case UV_FS_FSYNC:
    case UV_FS_FTRUNCATE:
    case UV_FS_FUTIME:
      add (known, &key_fd, (guint64)request->file, NULL);
      break;
    case UV_FS_SENDFILE:
      /* Its own fields are used for other things: uv_fs_sendfile() of libuv/src/unix/fs.c. */
      add (known, &key_fd, (guint64)request->file, NULL);
      add (known, &key_bytes, request->bufsml[0].len, NULL);
      break;
    default:
      if (read_text (teller, GPOINTER_TO_SIZE (request->path), known->path))
        add (known, &key_path, 0, known->path);
      if (read_text (teller, GPOINTER_TO_SIZE (request->new_path), known->to))
        add (known, &key_to, 0, known->to);
      break;
    }
}

static void
know (const LookTeller *teller, const Request *request, guint64 address, Known *known)
{
  switch (request->any.type)
    {
    case UV_WORK:
      known->callback = GPOINTER_TO_SIZE ((gpointer)request->work.work_cb);
      add (known, &key_work, known->callback, NULL);
      break;
    case UV_FS:
      know_file (teller, &request->fs, address, known);
      break;
    case UV_GETADDRINFO:
      known->callback = GPOINTER_TO_SIZE ((gpointer)request->name.cb);
      if (read_text (teller, GPOINTER_TO_SIZE (request->name.hostname), known->path))
        add (known, &key_host, 0, known->path);
      break;
    case UV_GETNAMEINFO:
      known->callback = GPOINTER_TO_SIZE ((gpointer)request->address.getnameinfo_cb);
      break;
    default:
      known->callback = GPOINTER_TO_SIZE ((gpointer)request->random.cb);
      add (known, &key_bytes, request->random.buflen, NULL);
      break;
    }
}

/* ---- Telling ----------------------------------------------------------------------------------------- */

typedef enum
{
  STATE_DONE, /* or something else lies there */
  STATE_QUEUED,
  STATE_RUNNING,
  STATE_UNSURE,
} State;

static State
get_state (const LookTeller *teller, const LookJob *job, guint sort, const Request *request)
{
  guint64 at = job->address + sorts[sort].work + offsetof (struct uv__work, wq);
  struct uv__work work;
  Link link, next;

  memcpy (&work, (const guint8 *)request + sorts[sort].work, sizeof work);
  memcpy (&link, &work.wq, sizeof link);
  if (!has_loop (request, sort, job->loop) || (gpointer)work.work == NULL ||
      GPOINTER_TO_SIZE (work.loop) != job->loop)
    return STATE_DONE;
  /* It is taken out of the ring before it is run. */
  if (link.next == at && link.previous == at)
    return STATE_RUNNING;
  return look_read (teller, link.next, &next, sizeof next) && next.previous == at ? STATE_QUEUED
                                                                                  : STATE_UNSURE;
}

gboolean
look_say_job (const LookJob *job, const LookTeller *teller)
{
  guint sort = (guint)find_sort (job->type);

  for (guint i = 0; i < MAX_TRIES; i++)
    {
      Known known = { 0 };
      const InspectKind *kind;
      Request request, after;
      LookWait wait;
      State state;

      if (!look_read (teller, job->address, &request, sorts[sort].size) ||
          (state = get_state (teller, job, sort, &request)) == STATE_DONE)
        return TRUE;
      know (teller, &request, job->address, &known);
      if (state == STATE_UNSURE || !look_read (teller, job->address, &after, sorts[sort].size) ||
          memcmp ((const guint8 *)&request + sorts[sort].work,
                  (const guint8 *)&after + sorts[sort].work, sizeof (struct uv__work)) != 0)
        continue;
      kind = look_get_job_kind (job->type, job->type == UV_FS ? request.fs.fs_type : UV_FS_UNKNOWN);
      /* Without one it is synchronous. */
      if (kind == NULL || (known.callback == 0 && job->type != UV_WORK))
        return TRUE;
      add (&known, &key_running, state == STATE_RUNNING, NULL);
      wait = (LookWait){ kind, job->address, known.callback, NULL, known.attributes, known.n };
      look_say_wait (teller, &wait);
      return TRUE;
    }
  return FALSE;
}
