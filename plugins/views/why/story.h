/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_STORY_H
#define WHY_STORY_H

#include <json-glib/json-glib.h>

#include <moments.h>

#include "holders.h"
#include "line.h"

G_BEGIN_DECLS

/** WhyStory: the answer to what is selected in a session, at the instant that is looked at. */
typedef struct
{
  UiSession *session;        /* (transfer none) */
  GtkWidget *page;           /* (transfer none): what is not there yet is read for it */
  UiMomentsFunc on_read;     /* called with it then */
  WhyHolders *holders;       /* of @history */
  InspectorHistory *history; /* (transfer none): another one once a recording is loaded */
  InspectorReport *report;   /* that @json was made of */
  JsonNode *json;
} WhyStory;

WhyStory *why_story_new (UiSession *session, GtkWidget *page, UiMomentsFunc on_read);
void why_story_free (WhyStory *story);
/** Returns: (transfer full) (nullable) (element-type WhyLine): empty where nothing has happened yet; %NULL: it is
 * being read, and is to be asked for again when @on_read is called */
GPtrArray *why_story_tell (WhyStory *story);

G_END_DECLS

#endif
