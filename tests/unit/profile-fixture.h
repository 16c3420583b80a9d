/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TEST_PROFILE_FIXTURE_H
#define TEST_PROFILE_FIXTURE_H

#include "channel/layout.h"
#include "model-fixture.h"
#include "profile/profile.h"

/* A profile of records by hand. */

typedef struct
{
  Fixture f;
  AnalysisPlaces *places;
  Profile *profile;
  ProfileResult *result;
  guint64 n_lost;
} Story;

/* @range: (nullable): a ProfileRange; else all of the time counts */
void story_setup (Story *story, gconstpointer range);
void story_teardown (Story *story, gconstpointer data);

/* The fixture of the model feeds that alone; the profile looks at each record before it. */
void story_feed (Story *story, guint type, guint64 task, guint64 arg, guint32 location);
void story_pass (Story *story, gint64 ns);
ProfileResult *story_build (Story *story);

/* (nullable) */
ProfileResultOperation *story_find_operation (ProfileResult *result, const char *name);
ProfileResultTasks *story_find_tasks (ProfileResult *result, const char *name);
ProfileResultCallback *story_find_callback (ProfileResult *result, const char *name);

#endif
