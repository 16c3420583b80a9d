/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_STORY_H
#define WHY_STORY_H

#include <json-glib/json-glib.h>

#include <session.h>

#include "line.h"

G_BEGIN_DECLS

/** WhyStory: the answer to what is selected in a session, at the instant that is looked at. */
typedef struct
{
  UiSession *session;      /* (transfer none) */
  InspectorReport *report; /* that @json was made of */
  JsonNode *json;
} WhyStory;

WhyStory *why_story_new (UiSession *session);
void why_story_free (WhyStory *story);
/** Returns: (transfer full) (element-type WhyLine): empty where nothing has happened yet */
GPtrArray *why_story_tell (WhyStory *story);

G_END_DECLS

#endif
