/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef PROFILE_DATA_H
#define PROFILE_DATA_H

#include <session.h>

#include "flame-layout.h"

G_BEGIN_DECLS

/* What the page shows of one moment: made in a thread, and never changed. */

#define PROFILE_N_FLAMES 3 /* by InspectorFlameBy */

typedef struct
{
  InspectorProfile *profile; /* frozen */
  InspectorFigures *figures;
  FlameLayout *flames[PROFILE_N_FLAMES];
  gint64 from_ns, to_ns; /* equal: all of the session */
} ProfileData;

ProfileData *profile_data_ref (ProfileData *data);
void profile_data_unref (ProfileData *data); /* (nullable) */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (ProfileData, profile_data_unref)
/* The same in a thread: a large profile takes a while to be let go, too. */
void profile_data_drop (ProfileData *data);

/* @from_ns and @to_ns as ui_session_profile_async() takes them */
void profile_data_load_async (UiSession *session, gint64 from_ns, gint64 to_ns,
                              GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data);
/* (transfer full) (nullable) */
ProfileData *profile_data_load_finish (GAsyncResult *result, GError **error);

G_END_DECLS

#endif
