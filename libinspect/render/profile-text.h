/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef RENDER_PROFILE_TEXT_H
#define RENDER_PROFILE_TEXT_H

#include "inspector.h"
#include "profile/profile-result.h"

G_BEGIN_DECLS

/* Sentences and figures of a profile that text and HTML share. All are (transfer full). */

/* "app (pid 12)" */
char *export_profile_program (const ProfileResult *result);
char *export_profile_title (const ProfileResult *result);
/* "450 times, avg 2.3 s, p99 5.1 s, max 5.2 s" */
char *export_profile_figures (const Histogram *histogram);
char *export_profile_operation_detail (const ProfileResultOperation *operation);
char *export_profile_tasks_figures (const ProfileResultTasks *tasks);
/* "98 % of it waiting: an answer; 1 % running" */
char *export_profile_tasks_shares (const ProfileResultTasks *tasks);
char *export_profile_lock_figures (const ProfileResultLock *lock);
char *export_profile_pool_name (const ProfileResultPool *pool);
char *export_profile_pool_figures (const ProfileResultPool *pool);
char *export_profile_callback_figures (const ProfileResultCallback *callback);
char *export_profile_callback_detail (const ProfileResultCallback *callback); /* (nullable) */
/* (transfer none) */
const char *export_profile_callback_name (const ProfileResultCallback *callback);
/* "called from on_user (client.c:173)": one of its stack */
char *export_profile_callback_frame (const ProfileResultCallback *callback, guint index);
/* What makes the figures less than whole; (nullable) */
char *export_profile_lost (const ProfileResult *result);
char *export_profile_full (const ProfileResult *result);
char *export_profile_path (const ProfileResultPath *path);
/* "meanwhile held longest from pool.c:12 (refill), once for at least 310 ms"; (nullable) */
char *export_profile_holding (const ProfileResultLock *lock);

/* Rows of a histogram for people, from the first that has something to the last: powers of four. */
typedef struct
{
  char *label; /* "1 ms to 4 ms" */
  guint64 count;
  gboolean is_gap; /* one of several in which there is nothing */
} ExportProfileBar;
GArray *export_profile_bars (const Histogram *histogram); /* (transfer full) */

/* Worth a line in a list that people read; what merely rests, or was over at once, is none. */
gboolean export_profile_shows_operation (const ProfileResultOperation *operation);
gboolean export_profile_shows_callback (const ProfileResultCallback *callback);
gboolean export_profile_shows_tasks (const ProfileResultTasks *tasks);

char *export_profile_text (const GPtrArray *results, InspectorTextFlags flags, guint width);

G_END_DECLS

#endif
