/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "table.h"

#include <glib/gi18n-lib.h>

static const char *const states[] = {
  [TASKS_ENDED] = "ended",
  [INSPECTOR_STATE_RUNNING] = "running",
  [INSPECTOR_STATE_READY] = "ready",
  [INSPECTOR_STATE_WAITING] = "waiting",
  [INSPECTOR_STATE_SLEEPING] = "sleeping",
  [INSPECTOR_STATE_RESTING] = "resting",
  [INSPECTOR_STATE_BLOCKED] = "blocked",
  [INSPECTOR_STATE_UNKNOWN] = "unknown",
  NULL,
};

static const char *const families[] = {
  [INSPECTOR_FAMILY_NONE] = "nothing",
  [INSPECTOR_FAMILY_TIMER] = "timer",
  [INSPECTOR_FAMILY_NETWORK] = "network",
  [INSPECTOR_FAMILY_FILE] = "file",
  [INSPECTOR_FAMILY_LOCK] = "lock",
  [INSPECTOR_FAMILY_CHANNEL] = "channel",
  [INSPECTOR_FAMILY_PROCESS] = "process",
  [INSPECTOR_FAMILY_POOL] = "pool",
  [INSPECTOR_FAMILY_TASK] = "task",
  [INSPECTOR_FAMILY_OTHER] = "other",
  NULL,
};
G_STATIC_ASSERT (G_N_ELEMENTS (families) == INSPECTOR_N_FAMILIES + 1);

const UiQueryField tasks_fields[] = {
  [TASKS_FIELD_NAME] = { "name", UI_QUERY_TEXT, N_ ("what the task is called"), NULL, TRUE },
  [TASKS_FIELD_KIND] = { "kind", UI_QUERY_TEXT, N_ ("in which operation it waits: uv.tcp-connect"),
                         NULL, TRUE },
  [TASKS_FIELD_FOR] = { "for", UI_QUERY_WORD, N_ ("what it waits for"), families },
  [TASKS_FIELD_PLACE] = { "place", UI_QUERY_TEXT, N_ ("where that began: request.c:88"), NULL,
                          TRUE },
  [TASKS_FIELD_RUNTIME] = { "runtime", UI_QUERY_TEXT, N_ ("what runs it: uv, glib, threads") },
  [TASKS_FIELD_STATE] = { "state", UI_QUERY_WORD, N_ ("what it does"), states },
  [TASKS_FIELD_WAIT] = { "wait", UI_QUERY_DURATION, N_ ("how long it has waited") },
  [TASKS_FIELD_SINCE] = { "since", UI_QUERY_DURATION, N_ ("how long it has done what it does") },
  [TASKS_FIELD_AGE] = { "age", UI_QUERY_DURATION, N_ ("how long ago it began") },
  [TASKS_FIELD_POLLS] = { "polls", UI_QUERY_NUMBER, N_ ("how often it was polled") },
  [TASKS_FIELD_THREAD] = { "thread", UI_QUERY_NUMBER, N_ ("the thread that ran it last") },
  [TASKS_FIELD_ID] = { "id", UI_QUERY_NUMBER, N_ ("its number") },
  [TASKS_FIELD_PARENT] = { "parent", UI_QUERY_NUMBER, N_ ("the number of the task that began it") },
  { NULL },
};
