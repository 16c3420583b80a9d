/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "render/profile-html.h"
#include "render/profile-json.h"
#include "render/profile-text.h"
#include "session/inspector-profile-private.h"

char *
inspector_profile_to_text (InspectorProfile *profile, InspectorTextFlags flags, guint width)
{
  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);
  return export_profile_text (inspector_profile_peek_results (profile), flags, width);
}

char *
inspector_profile_to_json (InspectorProfile *profile)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);
  root = export_profile_json (inspector_profile_peek_results (profile));
  line = json_to_string (root, FALSE);
  return g_strconcat (line, "\n", NULL);
}

char *
inspector_profile_to_html (InspectorProfile *profile)
{
  g_return_val_if_fail (INSPECTOR_IS_PROFILE (profile), NULL);
  return export_profile_html (inspector_profile_peek_results (profile));
}
