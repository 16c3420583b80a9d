/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef TARGET_OBJECTS_H
#define TARGET_OBJECTS_H

/* What a runtime's plugin.json says of the objects that ids of its awaits and resources are addresses
 * of, so that what a program has put around them can be shown without asking it:
 *
 *     "objects": {
 *       "own": "uv_",
 *       "data": [0],
 *       "kinds": { "uv.timer": "uv_timer_s", "uv.fs-*": "uv_fs_s" }
 *     }
 *
 * own: structs whose names begin so are the runtime's. kinds: of an await or a resource, to the struct that is there,
 * which is then the first that a callback is handed; "" where callbacks get their data alone, as their last
 * parameter. data: where the object has the program's own pointer: the first offset is the object's, each
 * further one that of what the one before leads to. callback: the same for the callback; where it has another
 * than its runtime said, nothing is known of it. */

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define TARGET_OBJECTS_PATH_MAX 4

typedef struct
{
  guint n;
  guint64 offsets[TARGET_OBJECTS_PATH_MAX];
} TargetObjectPath;

typedef struct
{
  char *own; /* "" */
  TargetObjectPath data, callback;
  GHashTable *kinds; /* char * -> char * */
} TargetObjects;

/* (nullable): it says nothing of any, or nonsense */
TargetObjects *target_objects_parse (JsonObject *manifest);
void target_objects_free (TargetObjects *objects);
/* The name of a struct; "": it is not handed to callbacks; NULL: nothing is known of that kind. */
const char *target_objects_find (const TargetObjects *objects, const char *kind);

G_END_DECLS

#endif
