/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_PROFILE_H
#define PROFILE_PROFILE_H

/* Where the time of one program goes, counted while its records are read, live or from a recording.
 * Everything is a counter, a histogram, or a row of a bounded table: a year costs no more than a
 * minute. Places stay numbers until somebody asks (profile_build()). README.md has what is counted. */

#include "analysis/places.h"
#include "model/model.h"
#include "profile/profile-result.h"

G_BEGIN_DECLS

typedef struct _Profile Profile;

typedef struct
{
  gint64 from_ns;      /* what ends before it does not count */
  gint64 to_ns;        /* nor what ends after it */
  gboolean from_start; /* both count from the first record, not from 0 */
} ProfileRange;

/* Counts what @model is fed from now on; it must not have an observer yet. @places, too, stand until
 * the profile is freed. */
Profile *profile_new (ModelTarget *model, AnalysisPlaces *places, const ProfileRange *range);
void profile_free (Profile *profile);
/* Of each record, before the model gets it. */
/* Of a range that counts from the start: this is the start. What is told first began before, and is what there was
 * then. */
void profile_begin_at (Profile *profile, gint64 at_ns);
void profile_event (Profile *profile, const ChannelEvent *event);
/* What there is to say by now. @now_ns: on the clock of the records; @n_lost: records that never came.
 * The caller fills in what is known of the process. */
ProfileResult *profile_build (Profile *profile, gint64 now_ns, guint64 n_lost);

/* A thread of which a callback has kept the loop for at least @at_least_ns, and of which callback no
 * stack is known; its tid, 0: there is none. */
gint32 profile_get_stalled (Profile *profile, gint64 now_ns, gint64 at_least_ns,
                            gint64 *ret_since_ns);
/* Return addresses of that thread now, the innermost first. */
void profile_set_stack (Profile *profile, gint32 tid, const guint64 *frames, guint n_frames);

G_END_DECLS

#endif
