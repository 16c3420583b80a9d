/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PLUGIN_HARNESS_H
#define PLUGIN_HARNESS_H

/* A runtime plugin in a test: its hooks are put into the test program's own GOT, as the agent does
 * it, and inspect.h is a recorder in memory. The recorder checks every record against what a reader
 * may rely on; at the end of a test nothing may be left over. */

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "inspect.h"

typedef enum
{
  EVENT_TASK_BEGIN = 1, /* object: parent */
  EVENT_TASK_END,
  EVENT_POLL_BEGIN, /* object: cause */
  EVENT_POLL_END,
  EVENT_AWAIT_BEGIN,
  EVENT_AWAIT_END,
  EVENT_WAKE,
  EVENT_RESOURCE_BEGIN,
  EVENT_RESOURCE_END,
  EVENT_ATTRIBUTE,
  EVENT_ENTER,
  EVENT_ACQUIRE,
  EVENT_RELEASE,
  EVENT_NAME, /* bytes: of the task */
} EventType;

typedef struct
{
  EventType type;
  InspectId task;
  InspectObject object;
  const InspectKind *kind; /* of the object, or of the attribute's key */
  int status;
  const void *address; /* of the location */
  uint64_t value;
  uint32_t n_bytes;
  char bytes[256];
  uint64_t thread;
} Event;

/* Patches, and switches recording on. Once a program. */
void harness_install (void);
/* Forgets what was recorded. */
void harness_clear (void);
/* Checks all that was recorded; with @all_over also that no task and no await is left, once the
 * threads of libraries had some seconds for their part. */
void harness_check (bool all_over);
/* inspect_on and whether request lines are recorded. */
void harness_set_on (bool is_on);
void harness_set_payload (bool payload);
/* The next @n reservations of memory fail. */
void harness_fail_memory (unsigned int n);
unsigned int harness_count_skipped (void);
void harness_stop_plugin (void);

unsigned int harness_count (EventType type, const char *kind);
/* The @nth of them from 0; fails the test when there are fewer. */
const Event *harness_nth (EventType type, const char *kind, unsigned int nth);
const Event *harness_first (EventType type, const char *kind);
/* The attribute @key that was said last of the object; fails the test when none was. */
const Event *harness_attribute (InspectObject object, const char *key);
bool harness_has_attribute (InspectObject object, const char *key);
/* The task of the first await of that kind. */
InspectId harness_task_of (const char *kind);
InspectId harness_parent_of (InspectId task);
/* Whether @event's location is @function or soon after its begin. */
bool harness_is_in (const Event *event, const void *function);

#define harness_add(path, function)                                                                \
  g_test_add_data_func (path, (gconstpointer)(function), harness_run)
/* Runs a test between harness_clear() and harness_check (true). */
void harness_run (gconstpointer test);

typedef struct
{
  const char *path;
  void (*test) (void);
} HarnessCase;

/* @run: harness_run(), or what a plugin's tests need around it; it is given the test. */
void harness_add_cases (const HarnessCase *cases, unsigned int n, GTestDataFunc run);

#endif
