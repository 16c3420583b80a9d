/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UV_LOOK_JOBS_H
#define UV_LOOK_JOBS_H

#include <uv.h>

#include "wait.h"

G_BEGIN_DECLS

/* What the thread pool runs or is going to run. libuv has no list of that which would be found from outside: its queue
 * is a variable that it shows nobody, and what a thread runs is in none. But each such request has in it what
 * uv/threadpool.h says, by which it is recognised wherever it lies. */

typedef struct
{
  guint64 address; /* of the request */
  guint64 loop;
  uv_req_type type;
} LookJob;

/* Whether @words, as they lie at @address, are of a request that is not done yet. @ret_job: where it is */
gboolean look_is_job (const InspectorProbeTarget *target, guint64 address, const guint64 *words,
                      LookJob *ret_job);
#define LOOK_JOB_WORDS (sizeof (struct uv__work) / sizeof (guint64))

/* Tells of it, if it still is one. FALSE: it changes faster than it can be read */
gboolean look_say_job (const LookJob *job, const LookTeller *teller);

/* (nullable) */
const InspectKind *look_get_job_kind (uv_req_type type, uv_fs_type file);

G_END_DECLS

#endif
