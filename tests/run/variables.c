/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Says what its variables are, of all sorts, by INSPECT_VAR() alone. */

#include <glib-object.h>
#include <stdio.h>
#include <sys/mman.h>

#include "inspect.h"

typedef enum
{
  COLOUR_RED = 1,
  COLOUR_GREEN,
} Colour;

typedef struct
{
  int id;
  const char *name;
  Colour colour;
  unsigned int is_open : 1;
  unsigned int level : 5;
  union
  {
    int as_int;
    float as_float;
  } either;
  char code[8];
  double ratio;
  gboolean is_big;
  struct
  {
    short x, y;
  } at;
  int n_more;
  int more[];
} Request;

/* An object with something of its own, and something that GObject keeps for it. */
typedef struct
{
  GObject parent_instance;
  int size;
} Thing;

typedef struct
{
  GObjectClass parent_class;
} ThingClass;

typedef struct
{
  const char *title;
  int width;
} ThingPrivate;

GType thing_get_type (void);

G_DEFINE_TYPE_WITH_PRIVATE (Thing, thing, G_TYPE_OBJECT)

static ThingPrivate *
thing_get_private (Thing *thing)
{
  return thing_get_instance_private (thing);
}

static void
thing_class_init (ThingClass *class)
{
}

static void
thing_init (Thing *thing)
{
}

static void
show (InspectId task)
{
  Request *request = g_malloc0 (sizeof *request + 3 * sizeof (int));
  Request *gone = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  GString *string = g_string_new ("a string");
  GList *list = g_list_append (g_list_append (NULL, (gpointer) "one"), (gpointer) "two");
  GPtrArray *array = g_ptr_array_new ();
  GHashTable *table = g_hash_table_new (g_str_hash, g_str_equal);
  GBytes *bytes = g_bytes_new_static ("bytes", 5);
  GError *error = g_error_new (1, 7, "went wrong");
  Colour colour = COLOUR_GREEN;
  int attempts = -3;
  unsigned char small = 200;
  double ratio = 0.25;
  int numbers[3] = { 1, 2, 3 };
  const char *text = "some text";
  Request *nothing = NULL;
  Thing *thing = g_object_new (thing_get_type (), NULL);
  GVariant *built = g_variant_ref_sink (g_variant_new ("(isa{sv})", 7, "seven", NULL));
  GVariant *whole = g_variant_ref_sink (g_variant_new_parsed ("[{'a', <1>}, {'b', <'two'>}]"));
  GVariant *number = g_variant_ref_sink (g_variant_new_int32 (42));
  GVariant *words = g_variant_ref_sink (g_variant_new_string ("some words"));

  *request =
      (Request){ .id = 12, .name = "fetch", .colour = COLOUR_RED, .is_open = 1, .level = 17 };
  request->either.as_int = 5;
  snprintf (request->code, sizeof request->code, "abc");
  request->at.x = 3;
  request->at.y = -4;
  g_ptr_array_add (array, (gpointer) "first");
  g_hash_table_insert (table, (gpointer) "key", (gpointer) "content");
  munmap (gone, 4096);
  g_variant_get_data (whole);
  thing->size = 5;
  thing_get_private (thing)->title = "a title";
  thing_get_private (thing)->width = 640;

  INSPECT_VAR (attempts);
  INSPECT_VAR (small);
  INSPECT_VAR (ratio);
  INSPECT_VAR (colour);
  INSPECT_VAR (text);
  INSPECT_VAR (numbers);
  INSPECT_VAR (request);
  INSPECT_VAR (request->id);
  INSPECT_VAR (nothing);
  INSPECT_VAR (gone);
  INSPECT_VAR (string);
  INSPECT_VAR (list);
  INSPECT_VAR (array);
  INSPECT_VAR (table);
  INSPECT_VAR (bytes);
  INSPECT_VAR (error);
  INSPECT_VAR (built);
  INSPECT_VAR (whole);
  INSPECT_VAR (number);
  INSPECT_VAR (words);
  INSPECT_VAR (thing);
  INSPECT_STATE (task, "shown");
}

/* Says it once, and changes it as it goes on. */
static void
change (InspectId task)
{
  Request *request = g_malloc0 (sizeof *request);

  INSPECT_VAR (request);
  for (int i = 0; i < 5; i++)
    {
      request->id = 1000 + i;
      INSPECT_POLL_END (task);
      g_usleep (60000);
      INSPECT_POLL_BEGIN (task);
    }
}

int
main (int argc, char **argv)
{
  int task = 0;

  INSPECT_TASK_BEGIN (inspect_id_of (&task), INSPECT_NONE);
  INSPECT_POLL_BEGIN (inspect_id_of (&task));
  if (argc > 1)
    change (inspect_id_of (&task));
  else
    show (inspect_id_of (&task));
  INSPECT_POLL_END (inspect_id_of (&task));
  INSPECT_TASK_END (inspect_id_of (&task), 0);
  return 0;
}
