/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef MODEL_FAMILY_H
#define MODEL_FAMILY_H

#include <glib.h>

G_BEGIN_DECLS

/* Kinds of await are many, and each runtime has its own: uv.tcp-connect, gio.socket-client-connect,
 * rust.connect. A family is what they have in common for whoever looks at many waits at once: what they
 * wait for. */
typedef enum
{
  MODEL_FAMILY_NONE, /* it waits for nothing */
  MODEL_FAMILY_TIMER,
  MODEL_FAMILY_NETWORK, /* a socket, a pipe, another descriptor; a name to be looked up */
  MODEL_FAMILY_FILE,
  MODEL_FAMILY_LOCK,    /* also a condition, a semaphore, a barrier */
  MODEL_FAMILY_CHANNEL, /* also a queue, a notification, a wake-up from another thread */
  MODEL_FAMILY_PROCESS, /* also a signal */
  MODEL_FAMILY_POOL,    /* a job of a pool of threads */
  MODEL_FAMILY_TASK,    /* another task, a thread that is joined */
  MODEL_FAMILY_OTHER,
  MODEL_N_FAMILIES
} ModelFamily;

/* Of a kind of await, by the words of its name ("uv.fs-read": uv, fs, read) and its InspectAwaitFlags. */
ModelFamily model_family_of (const char *name, guint32 flags);

G_END_DECLS

#endif
