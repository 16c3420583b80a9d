/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SESSION_INSPECTOR_PROFILE_PRIVATE_H
#define SESSION_INSPECTOR_PROFILE_PRIVATE_H

#include "inspector-profile.h"
#include "profile/compare.h"
#include "profile/profile-result.h"

G_BEGIN_DECLS

/* From then on a callback is asked what it does. */
#define INSPECTOR_PROFILE_STALL_NS (50 * G_GINT64_CONSTANT (1000000))

/* (element-type ProfileResult): as of the last update */
const GPtrArray *inspector_profile_peek_results (InspectorProfile *profile);

const Compare *inspector_diff_peek (InspectorDiff *diff);

G_END_DECLS

#endif
