/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "profile-fixture.h"

#include <string.h>

static const ProfileRange always = { 0, G_MAXINT64, FALSE };

void
story_setup (Story *story, gconstpointer data)
{
  fixture_setup (&story->f, NULL);
  story->places = analysis_places_new (&fixture_tables, &story->f, NULL, NULL);
  story->profile = profile_new (story->f.model, story->places, data != NULL ? data : &always);
  story->result = NULL;
  story->n_lost = 0;
}

void
story_teardown (Story *story, gconstpointer data)
{
  profile_result_unref (story->result);
  profile_free (story->profile);
  analysis_places_free (story->places);
  fixture_teardown (&story->f, NULL);
}

void
story_feed (Story *story, guint type, guint64 task, guint64 arg, guint32 location)
{
  ChannelEvent event = { .time_ns = story->f.now_ns,
                         .type = type,
                         .ring = story->f.ring,
                         .tid = 100 + (gint32)story->f.ring,
                         .task = task,
                         .arg = arg };

  profile_event (story->profile, &event);
  fixture_feed (&story->f, type, task, arg, location);
}

void
story_pass (Story *story, gint64 ns)
{
  story->f.now_ns += ns;
}

ProfileResult *
story_build (Story *story)
{
  profile_result_unref (story->result);
  story->result = profile_build (story->profile, story->f.now_ns, story->n_lost);
  return story->result;
}

#define FIND(array, type, condition)                                                               \
  __extension__({                                                                                  \
    type *found_ = NULL;                                                                           \
    for (guint i_ = 0; i_ < (array)->len && found_ == NULL; i_++)                                  \
      {                                                                                            \
        type *it = g_ptr_array_index (array, i_);                                                  \
        if (condition)                                                                             \
          found_ = it;                                                                             \
      }                                                                                            \
    found_;                                                                                        \
  })

ProfileResultOperation *
story_find_operation (ProfileResult *result, const char *name)
{
  return FIND (result->operations, ProfileResultOperation, g_str_equal (it->name, name));
}

ProfileResultTasks *
story_find_tasks (ProfileResult *result, const char *name)
{
  return FIND (result->tasks, ProfileResultTasks, g_str_equal (it->name, name));
}

ProfileResultCallback *
story_find_callback (ProfileResult *result, const char *name)
{
  return FIND (result->callbacks, ProfileResultCallback, g_strcmp0 (it->place.function, name) == 0);
}
