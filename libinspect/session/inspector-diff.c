/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "session/inspector-profile-private.h"

struct _InspectorDiff
{
  GObject parent_instance;
  Compare *compare;
};

G_DEFINE_TYPE (InspectorDiff, inspector_diff, G_TYPE_OBJECT)

static void
inspector_diff_finalize (GObject *object)
{
  compare_free (INSPECTOR_DIFF (object)->compare);
  G_OBJECT_CLASS (inspector_diff_parent_class)->finalize (object);
}

static void
inspector_diff_class_init (InspectorDiffClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = inspector_diff_finalize;
}

static void
inspector_diff_init (InspectorDiff *self)
{
  self->compare = compare_new ();
}

InspectorDiff *
inspector_diff_new (void)
{
  return g_object_new (INSPECTOR_TYPE_DIFF, NULL);
}

void
inspector_diff_add (InspectorDiff *self, InspectorDiffSide side, InspectorProfile *profile)
{
  g_return_if_fail (INSPECTOR_IS_DIFF (self) && INSPECTOR_IS_PROFILE (profile));

  compare_add (self->compare, side == INSPECTOR_DIFF_BEFORE ? COMPARE_BEFORE : COMPARE_AFTER,
               inspector_profile_peek_results (profile));
}

gboolean
inspector_diff_check_syntax (const char *text, GError **error)
{
  Condition *condition = condition_parse (text, error);
  gboolean can_be_read = condition != NULL;

  condition_free (condition);
  return can_be_read;
}

const Compare *
inspector_diff_peek (InspectorDiff *self)
{
  return self->compare;
}
