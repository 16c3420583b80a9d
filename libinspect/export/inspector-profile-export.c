/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/inspector-profile-private.h"
#include "export/profile-text.h"

char *
inspector_profile_to_text (InspectorProfile *profile, InspectorTextFlags flags, guint width)
{
  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);
  return export_profile_text (inspector_profile_peek_results (profile), flags, width);
}
