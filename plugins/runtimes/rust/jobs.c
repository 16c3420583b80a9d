/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "plan.h"

#include <string.h>
#include "debuginfo/rust.h"

/* Jobs of tokio's pool of threads: tasks that are no future of the program's but a function, which runs through on a thread
 * that may block. spawn_blocking() makes them, and all that tokio does with files. */

/* (nullable): it is none */
static DebugType *
get_function (DebugType *future)
{
  return debug_type_is (future, "tokio::runtime::blocking::task::BlockingTask<")
             ? debug_type_get_parameter (future, "T")
             : NULL;
}

gboolean
rust_job_is_one (DebugType *future)
{
  return get_function (future) != NULL;
}

char *
rust_job_dup_name (DebugType *future)
{
  DebugType *function = get_function (future);
  g_autofree char *name = NULL;

  if (function == NULL)
    return NULL;
  name = *function->base_name == '{' ? rust_name_dup_function (function->name, NULL)
                                     : debug_rust_dup_short_name (function->base_name);
  return *name != '\0' ? g_strdup_printf ("job in %s", name) : g_strdup ("job");
}

char *
rust_job_dup_scope (DebugType *future)
{
  DebugType *function = get_function (future);

  return function != NULL ? rust_name_dup_scope (function->name) : NULL;
}
