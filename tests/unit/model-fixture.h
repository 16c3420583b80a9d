/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_MODEL_FIXTURE_H
#define TEST_MODEL_FIXTURE_H

#include "model/model.h"
#include "session/session-private.h"

/* A runtime that exists in no process: its kinds, its places, and records by hand. */

typedef enum
{
  /* awaits */
  KIND_CONNECT = 1,
  KIND_WRITE,
  KIND_READ,
  KIND_TIMER,
  KIND_INTERVAL,
  KIND_LISTEN,
  KIND_FILE,
  KIND_WORK,
  KIND_CLOSE,
  KIND_SIGNAL,
  KIND_CHILD,
  KIND_IDLE,
  KIND_PLAIN,   /* says nothing of itself */
  KIND_LOCKING, /* the thread sleeps until it has the resource */
  KIND_CALL,    /* the thread sleeps in a synchronous call */
  KIND_TURNING, /* the thread turns a loop in a call */
  KIND_ASYNC_LOCKING,
  KIND_JOIN, /* of a task */
  KIND_QUEUED,
  KIND_WAKING,   /* the thread sleeps until another one wakes it */
  KIND_RETURNED, /* its result waits for the loop to turn */
  KIND_JOINING,  /* the thread sleeps until a task has ended */
  KIND_FUNCTION, /* one that was called */
  /* resources */
  KIND_TCP,
  KIND_LOOP,
  KIND_LOCK,
  KIND_RWLOCK,
  KIND_POOL,
  KIND_COND,
  KIND_SEMAPHORE,
  KIND_CONNECTIONS,
  /* keys */
  KEY_RESOURCE,
  KEY_OWNER,
  KEY_DUE,
  KEY_BYTES,
  KEY_FD,
  KEY_PEER,
  KEY_CLIENT,
  KEY_REQUEST,
  KEY_PATH,
  KEY_COMPLETER,
  KEY_PID,
  KEY_PRIORITY,
  KEY_STDOUT,
  KEY_NAME,
  KEY_RUNNING,
  KEY_WORK,
  KEY_TID,
  KEY_DEADLINE,
  KEY_PERMITS,
  KEY_STATE,
  KEY_CALLER,
  KEY_COLOUR,   /* of the runtime's own */
  KEY_VARIABLE, /* "client", with its value as text */
  N_KINDS
} TestKind;

#define OBJECT(kind, id) ((guint64)(kind) << 48 | (id))
#define MS(n) ((gint64)(n)*1000000)
#define SECONDS(n) MS ((gint64)((n)*1000))

typedef struct
{
  ModelTarget *model; /* of @target, where there is one */
  guint64 next_number;
  gint64 now_ns;
  guint32 ring;
  GPtrArray *places; /* "function|file|line" by location - 1 */
  InspectorSession *session;
  InspectorTarget *target;
} Fixture;

extern const ModelTables fixture_tables;

/* A model alone; and one within a session of a single target, pid 4711. */
void fixture_setup (Fixture *f, gconstpointer data);
void fixture_setup_session (Fixture *f, gconstpointer data);
void fixture_teardown (Fixture *f, gconstpointer data);

guint32 fixture_place (Fixture *f, const char *function, const char *file, guint line);
void fixture_feed (Fixture *f, guint type, guint64 task, guint64 arg, guint32 location);
void fixture_feed_status (Fixture *f, guint type, guint64 task, guint64 arg, gint32 status);
/* On another thread: @ring, tid 100 + @ring. */
void fixture_on (Fixture *f, guint32 ring);
void fixture_value (Fixture *f, guint64 object, TestKind key, guint64 value);
void fixture_text (Fixture *f, guint64 object, TestKind key, const char *text);
void fixture_peer (Fixture *f, guint64 object, guint16 port); /* 127.0.0.1 */
ModelTask *fixture_task (Fixture *f, guint64 id);

/* A task whose connection is up: resource OBJECT (KIND_TCP, id), reading; opened by us. */
void fixture_connection (Fixture *f, guint64 task, guint64 id, gboolean client);
/* Writes and reports the write done 1 ms later; @request: NULL: no text. */
void fixture_ask (Fixture *f, guint64 task, guint64 id, const char *request, guint32 location);
void fixture_answer (Fixture *f, guint64 task, guint64 id);

/* What the fake kernel says of each socket and process. */
extern TargetSocket fixture_socket;   /* its texts are copied; state NULL: no such socket */
extern TargetProcess fixture_process; /* state 0: no such process */
extern char fixture_thread_state;
extern guint fixture_n_threads; /* their numbers are 100, 101, ...; 0: they are not known */
extern gboolean fixture_handles_signals, fixture_is_shared;
/* Of its children, when they write to descriptor 7; pid 0: none sleeps in a write. */
extern TargetPipeWriter fixture_pipe_writer;
/* In the process; 0: none that is asked for, and G_MAXUINT64: that is not known. */
extern guint64 fixture_reference;
void fixture_set_socket (const char *state);
extern const AnalysisFactsSource fixture_facts;

#endif
