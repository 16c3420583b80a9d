/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "model-fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include "channel/layout.h"
#include "inspect-keys.h"
#include "inspector-probe.h"

static const ChannelKindInfo kinds[N_KINDS] = {
  [KIND_CONNECT] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT, "t.connect",
                     "connecting to {peer}" },
  [KIND_WRITE] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_ASKS, "t.write",
                   "writing {bytes} to {peer}" },
  [KIND_READ] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_ANSWERS, "t.read",
                  "reading from {peer}" },
  [KIND_TIMER] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_TIMER, "t.timer",
                   "sleeping, due in {due}" },
  [KIND_INTERVAL] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_TIMER, "t.interval",
                      "ticking" },
  [KIND_LISTEN] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LISTENS, "t.listen",
                    "listening" },
  [KIND_FILE] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL, "t.file",
                  "opening {path}" },
  [KIND_WORK] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL, "t.work",
                  "running work" },
  [KIND_CLOSE] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_CLOSES, "t.close",
                   "closing" },
  [KIND_SIGNAL] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_WATCHES, "t.signal",
                    "watching for a signal" },
  [KIND_CHILD] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_EXTERNAL, "t.child",
                   "waiting for a child" },
  [KIND_IDLE] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_LOOP, "t.idle",
                  "each turn" },
  [KIND_PLAIN] = { INSPECT_KIND_AWAIT, 0, "t.plain", "" },
  [KIND_LOCKING] = { INSPECT_KIND_AWAIT,
                     INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL,
                     "t.locking", "waiting for a lock" },
  [KIND_CALL] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_BLOCKS, "t.call",
                  "calling {name}" },
  [KIND_TURNING] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_REPEATS | INSPECT_AWAIT_BLOCKS, "t.turning",
                     "turning a loop" },
  [KIND_ASYNC_LOCKING] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL,
                           "t.async-locking", "waiting for a lock" },
  [KIND_JOIN] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_INTERNAL, "t.join",
                  "waiting for a task" },
  [KIND_QUEUED] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_POOL, "t.queued",
                    "queued" },
  [KIND_JOINING] = { INSPECT_KIND_AWAIT,
                     INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL,
                     "t.joining", "waiting for a task to end" },
  [KIND_FUNCTION] = { INSPECT_KIND_AWAIT,
                      INSPECT_AWAIT_ONESHOT | INSPECT_AWAIT_SUSPENDS | INSPECT_AWAIT_CALLS,
                      "t.function", "until it returns" },
  [KIND_WAKING] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_BLOCKS | INSPECT_AWAIT_INTERNAL, "t.waking",
                    "waiting to be woken" },
  [KIND_RETURNED] = { INSPECT_KIND_AWAIT, INSPECT_AWAIT_INTERNAL, "t.returned", "returned" },
  [KIND_TCP] = { INSPECT_KIND_RESOURCE, 0, "t.tcp", "tcp" },
  [KIND_LOOP] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOOP, "t.loop", "loop" },
  [KIND_LOCK] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK, "t.lock", "mutex" },
  [KIND_RWLOCK] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_LOCK | INSPECT_RESOURCE_SHARED,
                    "t.rwlock", "rwlock" },
  [KIND_POOL] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_ANY, "t.pool", "pool" },
  [KIND_SEMAPHORE] = { INSPECT_KIND_RESOURCE, INSPECT_RESOURCE_ANY, "t.semaphore", "semaphore" },
  [KIND_CONNECTIONS] = { INSPECT_KIND_RESOURCE,
                         INSPECT_RESOURCE_ANY | INSPECTOR_PROBE_RESOURCE_SEEN, "t.connections",
                         "connections" },
  [KIND_COND] = { INSPECT_KIND_RESOURCE, 0, "t.cond", "condition" },
  [KEY_RESOURCE] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_RESOURCE, "resource" },
  [KEY_OWNER] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_OWNER, "owner" },
  [KEY_CALLER] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_CALLER, "called in" },
  [KEY_DUE] = { INSPECT_KIND_KEY, INSPECT_VALUE_TIME, INSPECT_KEY_DUE, "due" },
  [KEY_BYTES] = { INSPECT_KIND_KEY, INSPECT_VALUE_BYTES, INSPECT_KEY_BYTES, "bytes" },
  [KEY_FD] = { INSPECT_KIND_KEY, INSPECT_VALUE_FD, INSPECT_KEY_FD, "fd" },
  [KEY_PEER] = { INSPECT_KIND_KEY, INSPECT_VALUE_SOCKADDR, INSPECT_KEY_PEER, "peer" },
  [KEY_CLIENT] = { INSPECT_KIND_KEY, INSPECT_VALUE_BOOL, INSPECT_KEY_CLIENT, "client" },
  [KEY_REQUEST] = { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, INSPECT_KEY_REQUEST, "request" },
  [KEY_PATH] = { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, INSPECT_KEY_PATH, "path" },
  [KEY_PRIORITY] = { INSPECT_KIND_KEY, INSPECT_VALUE_I64, INSPECT_KEY_PRIORITY, "priority" },
  [KEY_COMPLETER] = { INSPECT_KIND_KEY, INSPECT_VALUE_OBJECT, INSPECT_KEY_COMPLETER, "completer" },
  [KEY_PID] = { INSPECT_KIND_KEY, INSPECT_VALUE_PID, INSPECT_KEY_PID, "pid" },
  [KEY_STDOUT] = { INSPECT_KIND_KEY, INSPECT_VALUE_FD, INSPECT_KEY_STDOUT, "stdout" },
  [KEY_NAME] = { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, INSPECT_KEY_NAME, "name" },
  [KEY_RUNNING] = { INSPECT_KIND_KEY, INSPECT_VALUE_BOOL, INSPECT_KEY_RUNNING, "running" },
  [KEY_TID] = { INSPECT_KIND_KEY, INSPECT_VALUE_U64, INSPECT_KEY_TID, "thread" },
  [KEY_DEADLINE] = { INSPECT_KIND_KEY, INSPECT_VALUE_TIME, INSPECT_KEY_DEADLINE, "deadline" },
  [KEY_PERMITS] = { INSPECT_KIND_KEY, INSPECT_VALUE_U64, INSPECT_KEY_PERMITS, "permits" },
  [KEY_STATE] = { INSPECT_KIND_KEY, INSPECT_VALUE_TEXT, INSPECT_KEY_STATE, "state" },
  [KEY_WORK] = { INSPECT_KIND_KEY, INSPECT_VALUE_CODE, INSPECT_KEY_WORK, "work" },
  [KEY_COLOUR] = { INSPECT_KIND_KEY, INSPECT_VALUE_U64, "colour", "colour" },
  [KEY_VARIABLE] = { INSPECT_KIND_KEY, INSPECT_VALUE_VARIABLE, "client", "client" },
};

static gboolean
get_kind (gpointer data, guint32 number, ChannelKindInfo *ret_info)
{
  if (number >= N_KINDS || kinds[number].of == 0)
    return FALSE;
  *ret_info = kinds[number];
  return TRUE;
}

static gboolean
get_location (gpointer data, guint32 number, ChannelLocationInfo *ret_info)
{
  Fixture *f = data;
  g_auto (GStrv) parts = NULL;

  if (number == 0 || number > f->places->len)
    return FALSE;
  parts = g_strsplit (g_ptr_array_index (f->places, number - 1), "|", 3);
  *ret_info = (ChannelLocationInfo){ .of = CHANNEL_LOCATION_STATIC,
                                     .function = g_intern_string (parts[0]),
                                     .file = g_intern_string (parts[1]),
                                     .line = atoi (parts[2]) };
  return TRUE;
}

static const char *
get_string (gpointer data, guint32 offset)
{
  return offset == 8 ? "draining" : "";
}

const ModelTables fixture_tables = { get_kind, get_location, get_string };

/* ---- The fake kernel ------------------------------------------------------------------------ */

TargetSocket fixture_socket;
TargetProcess fixture_process;
char fixture_thread_state;
guint fixture_n_threads;
gboolean fixture_handles_signals, fixture_is_shared;
TargetPipeWriter fixture_pipe_writer;
guint64 fixture_reference;

void
fixture_set_socket (const char *state)
{
  fixture_socket = (TargetSocket){ .family = AF_INET,
                                   .type = SOCK_STREAM,
                                   .state = (char *)state,
                                   .local = (char *)"127.0.0.1:51312",
                                   .peer = (char *)"127.0.0.1:8080",
                                   .last_received_ms = -1 };
}

static gboolean
fake_socket (int pid, int fd, TargetSocket *ret_socket)
{
  if (fixture_socket.state == NULL)
    return FALSE;
  *ret_socket = fixture_socket;
  ret_socket->state = g_strdup (fixture_socket.state);
  ret_socket->local = g_strdup (fixture_socket.local);
  ret_socket->peer = g_strdup (fixture_socket.peer);
  ret_socket->peer_command = g_strdup (fixture_socket.peer_command);
  return TRUE;
}

static gboolean
fake_process (int pid, TargetProcess *ret_process)
{
  if (fixture_process.state == '\0')
    return FALSE;
  *ret_process = fixture_process;
  return TRUE;
}

static gboolean
fake_thread (int pid, int tid, char **ret_name, char *ret_state)
{
  *ret_name = g_strdup ("app");
  *ret_state = fixture_thread_state;
  return TRUE;
}

static GArray *
fake_threads (int pid)
{
  GArray *threads;

  if (fixture_n_threads == 0)
    return NULL;
  threads = g_array_new (FALSE, FALSE, sizeof (int));
  for (guint i = 0; i < fixture_n_threads; i++)
    {
      int tid = 100 + (int)i;

      g_array_append_val (threads, tid);
    }
  return threads;
}

static gboolean
fake_signals (int pid)
{
  return fixture_handles_signals;
}

static gboolean
fake_shared (int pid, guint64 address)
{
  return fixture_is_shared;
}

static gboolean
fake_pipe_writer (int pid, int reader_pid, int fd, TargetPipeWriter *ret_writer)
{
  if (fixture_pipe_writer.pid != pid || fd != 7)
    return FALSE;
  *ret_writer = fixture_pipe_writer;
  ret_writer->command = g_strdup ("head -c 1048576");
  return TRUE;
}

static gboolean
fake_references (int pid, const guint64 *addresses, guint n, gboolean *ret_is_found)
{
  for (guint i = 0; i < n; i++)
    ret_is_found[i] = addresses[i] == fixture_reference;
  return fixture_reference != G_MAXUINT64;
}

const AnalysisFactsSource fixture_facts = {
  .get_socket = fake_socket,
  .get_process = fake_process,
  .get_thread = fake_thread,
  .get_threads = fake_threads,
  .handles_signals = fake_signals,
  .is_shared = fake_shared,
  .get_pipe_writer = fake_pipe_writer,
  .find_references = fake_references,
};

/* ---- Set-up --------------------------------------------------------------------------------- */

static void
setup_common (Fixture *f)
{
  memset (f, 0, sizeof *f);
  memset (&fixture_socket, 0, sizeof fixture_socket);
  memset (&fixture_process, 0, sizeof fixture_process);
  fixture_thread_state = 'R';
  fixture_n_threads = 0;
  fixture_handles_signals = fixture_is_shared = FALSE;
  fixture_pipe_writer = (TargetPipeWriter){ 0 };
  fixture_reference = 0;
  f->next_number = 1;
  f->now_ns = SECONDS (1000);
  f->places = g_ptr_array_new_with_free_func (g_free);
}

void
fixture_setup (Fixture *f, gconstpointer data)
{
  setup_common (f);
  f->model = model_target_new (&fixture_tables, f, &f->next_number);
}

void
fixture_setup_session (Fixture *f, gconstpointer data)
{
  setup_common (f);
  f->session = inspector_session_new ();
  inspector_session_set_facts_source (f->session, &fixture_facts);
  f->target = inspector_session_add_target (f->session, 4711, "./client", 0);
  inspector_target_add_runtime (f->target, "t", "testrt 1.0");
  inspector_target_attach_tables (f->target, &fixture_tables, f, NULL, NULL);
  inspector_target_set_times (f->target, f->now_ns, 0);
  f->model = inspector_target_get_model (f->target);
}

void
fixture_teardown (Fixture *f, gconstpointer data)
{
  if (f->session != NULL)
    g_object_unref (f->session);
  else
    model_target_free (f->model);
  g_ptr_array_unref (f->places);
}

/* ---- Records -------------------------------------------------------------------------------- */

guint32
fixture_place (Fixture *f, const char *function, const char *file, guint line)
{
  char *place = g_strdup_printf ("%s|%s|%u", function, file, line);

  for (guint i = 0; i < f->places->len; i++)
    if (g_str_equal (g_ptr_array_index (f->places, i), place))
      {
        g_free (place);
        return i + 1;
      }
  g_ptr_array_add (f->places, place);
  return f->places->len;
}

static ChannelEvent
make_event (Fixture *f, guint type, guint64 task, guint64 arg)
{
  return (ChannelEvent){ .time_ns = f->now_ns,
                         .type = type,
                         .ring = f->ring,
                         .tid = 100 + f->ring,
                         .task = task,
                         .arg = arg };
}

void
fixture_feed (Fixture *f, guint type, guint64 task, guint64 arg, guint32 location)
{
  ChannelEvent event = make_event (f, type, task, arg);

  event.location = location;
  model_target_ingest (f->model, &event);
}

void
fixture_feed_status (Fixture *f, guint type, guint64 task, guint64 arg, gint32 status)
{
  ChannelEvent event = make_event (f, type, task, arg);

  event.status = status;
  model_target_ingest (f->model, &event);
}

void
fixture_on (Fixture *f, guint32 ring)
{
  f->ring = ring;
}

void
fixture_value (Fixture *f, guint64 object, TestKind key, guint64 value)
{
  ChannelEvent event = make_event (f, CHANNEL_ATTRIBUTE, object, 0);

  event.key = key;
  event.value = value;
  model_target_ingest (f->model, &event);
}

static void
feed_bytes (Fixture *f, guint64 object, TestKind key, gconstpointer bytes, gsize length)
{
  ChannelEvent event = make_event (f, CHANNEL_ATTRIBUTE, object, 0);

  event.key = key;
  event.bytes = bytes;
  event.n_bytes = length;
  model_target_ingest (f->model, &event);
}

void
fixture_text (Fixture *f, guint64 object, TestKind key, const char *text)
{
  feed_bytes (f, object, key, text, strlen (text));
}

void
fixture_peer (Fixture *f, guint64 object, guint16 port)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };

  feed_bytes (f, object, KEY_PEER, &address, sizeof address);
}

ModelTask *
fixture_task (Fixture *f, guint64 id)
{
  return model_table_find (&f->model->tasks, id);
}

void
fixture_connection (Fixture *f, guint64 task, guint64 id, gboolean client)
{
  fixture_feed (f, CHANNEL_RESOURCE_BEGIN, task, OBJECT (KIND_TCP, id), 0);
  fixture_value (f, OBJECT (KIND_TCP, id), KEY_FD, 9);
  fixture_value (f, OBJECT (KIND_TCP, id), KEY_CLIENT, client);
  fixture_peer (f, OBJECT (KIND_TCP, id), 8080);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, OBJECT (KIND_READ, id), 0);
  fixture_value (f, OBJECT (KIND_READ, id), KEY_RESOURCE, OBJECT (KIND_TCP, id));
}

void
fixture_ask (Fixture *f, guint64 task, guint64 id, const char *request, guint32 location)
{
  if (request != NULL)
    fixture_text (f, OBJECT (KIND_TCP, id), KEY_REQUEST, request);
  fixture_feed (f, CHANNEL_AWAIT_BEGIN, task, OBJECT (KIND_WRITE, id), location);
  fixture_value (f, OBJECT (KIND_WRITE, id), KEY_RESOURCE, OBJECT (KIND_TCP, id));
  fixture_value (f, OBJECT (KIND_WRITE, id), KEY_BYTES, 87);
  f->now_ns += MS (1);
  fixture_feed_status (f, CHANNEL_AWAIT_END, task, OBJECT (KIND_WRITE, id), 0);
}

void
fixture_answer (Fixture *f, guint64 task, guint64 id)
{
  fixture_feed (f, CHANNEL_POLL_BEGIN, task, OBJECT (KIND_READ, id), 0);
  fixture_feed (f, CHANNEL_POLL_END, task, 0, 0);
}
