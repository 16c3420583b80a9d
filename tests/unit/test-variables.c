/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The view "Variables": what a task is as a tree, what has changed in it, and its states as a machine. */

#include <string.h>

#include <json-glib/json-glib.h>

#include "golden.h"
#include "machine-draw.h"
#include "row.h"
#include "value.h"

#define AT G_GINT64_CONSTANT (5000000000)

/* ---- A moment ----------------------------------------------------------------------------------- */

static void
free_variable (gpointer data)
{
  InspectorVariable *variable = data;

  g_clear_pointer (&variable->fields, g_ptr_array_unref);
  g_free (variable->value);
  g_free (variable);
}

static void
free_holder (gpointer data)
{
  InspectorHolder *holder = data;

  g_free (holder->what);
  g_free (holder->place);
  g_free (holder);
}

static void
free_pending (gpointer data)
{
  InspectorPending *pending = data;

  g_free (pending->text);
  g_free (pending->place);
  g_ptr_array_unref (pending->holders);
  g_free (pending);
}

static InspectorVariable *
add_variable (GPtrArray *variables, const char *name, const char *value, const char *type)
{
  InspectorVariable *variable = g_new0 (InspectorVariable, 1);

  variable->name = name;
  variable->value = g_strdup (value);
  variable->type = type;
  g_ptr_array_add (variables, variable);
  return variable;
}

static InspectorHolder *
add_holder (GPtrArray *holders, const char *what, int tid)
{
  InspectorHolder *holder = g_new0 (InspectorHolder, 1);

  holder->what = g_strdup (what);
  holder->place = g_strdup ("take at app.c:9");
  holder->since_ns = AT - 2000000000;
  holder->track = G_MAXUINT;
  holder->tid = tid;
  g_ptr_array_add (holders, holder);
  return holder;
}

static InspectorMoment *
new_moment (const char *attempts, const char *waits, gint64 begin_ns)
{
  InspectorMoment *moment = g_new0 (InspectorMoment, 1);
  InspectorPending *pending = g_new0 (InspectorPending, 1);
  InspectorVariable *request;

  moment->at_ns = AT;
  moment->name = g_strdup ("session");
  moment->state_name = g_strdup ("reply");
  moment->pending = g_ptr_array_new_with_free_func (free_pending);
  moment->holds = g_ptr_array_new_with_free_func (free_holder);
  moment->variables = g_ptr_array_new_with_free_func (free_variable);
  add_variable (moment->variables, "attempts", attempts, "integer");
  add_variable (moment->variables, "options", "{\"retry\": true, \"hosts\": [\"a\", \"b\"]}",
                "text");
  request = add_variable (moment->variables, "request", "", "struct request");
  request->fields = g_ptr_array_new_with_free_func (free_variable);
  add_variable (request->fields, "id", "7", "int");
  add_variable (request->fields, "url", "/posts", "char *");
  pending->kind = "machine.reply";
  pending->text = g_strdup (waits);
  pending->place = g_strdup ("step at machine.c:100");
  pending->begin_ns = begin_ns;
  pending->awaited = G_MAXUINT;
  pending->holders = g_ptr_array_new_with_free_func (free_holder);
  add_holder (pending->holders, "mutex queue", 12);
  add_holder (pending->holders, "mutex queue", 0);
  g_ptr_array_add (moment->pending, pending);
  return moment;
}

static void
free_moment (InspectorMoment *moment)
{
  g_free (moment->name);
  g_free (moment->state_name);
  g_ptr_array_unref (moment->pending);
  g_ptr_array_unref (moment->holds);
  g_ptr_array_unref (moment->variables);
  g_free (moment);
}

static Value *
new_value (const char *attempts, const char *waits, gint64 begin_ns)
{
  InspectorMoment *moment = new_moment (attempts, waits, begin_ns);
  Value *value = value_new_moment (moment, NULL);

  free_moment (moment);
  return value;
}

static Value *
find (const Value *value, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);

  for (guint i = 0; names[i] != NULL; i++)
    {
      Value *found = NULL;

      for (guint k = 0; k < value->parts->len && found == NULL; k++)
        if (g_str_equal (((Value *)value->parts->pdata[k])->name, names[i]))
          found = value->parts->pdata[k];
      if (found == NULL)
        return NULL;
      value = found;
    }
  return (Value *)value;
}

/* ---- The tree ----------------------------------------------------------------------------------- */

static void
test_tree (void)
{
  g_autoptr (Value) value = new_value ("3", "waiting for a reply", AT - 1000000000);

  g_assert_cmpstr (find (value, "Variables/state")->text, ==, "reply");
  g_assert_cmpstr (find (value, "Variables/attempts")->text, ==, "3");
  g_assert_cmpstr (find (value, "Variables/attempts")->type, ==, "integer");
  g_assert_cmpstr (find (value, "Variables/request/url")->text, ==, "/posts");
  /* Text that is a structure is one. */
  g_assert_cmpstr (find (value, "Variables/options/retry")->text, ==, "true");
  g_assert_cmpstr (find (value, "Variables/options/hosts/[1]")->text, ==, "b");
  g_assert_cmpstr (find (value, "Waits for/waiting for a reply")->text, ==, "1.0 s");
  g_assert_cmpstr (find (value, "Waits for/waiting for a reply/had by")->text, ==,
                   "thread 12, outside of any task");
  g_assert_cmpstr (find (value, "Waits for/waiting for a reply/begun")->place, ==,
                   "step at machine.c:100");
  g_assert_cmpuint (find (value, "Has")->parts->len, ==, 0);
}

/* What debug information has said is the type, whatever the text looks like; and what it has in it opens all the same. */
static void
test_types_that_were_said (void)
{
  InspectorMoment *moment = new_moment ("1", "waiting", AT);
  g_autoptr (Value) value = NULL;
  g_autofree char *text = NULL, *csv = NULL;

  add_variable (moment->variables, "n", "5", "size_t")->is_decoded = TRUE;
  add_variable (moment->variables, "job", "0x55d0 -> Job {id: 12} (inferred)", "Job *")
      ->is_decoded = TRUE;
  add_variable (moment->variables, "old", "5", "")->is_decoded = TRUE;
  add_variable (moment->variables, "said", "Job {id: 12}", "text");
  value = value_new_moment (moment, NULL);
  free_moment (moment);
  g_assert_cmpstr (find (value, "Variables/n")->type, ==, "size_t");
  g_assert_cmpstr (find (value, "Variables/job")->type, ==, "Job *, inferred");
  g_assert_cmpstr (find (value, "Variables/job/id")->text, ==, "12");
  g_assert_cmpstr (find (value, "Variables/old")->type, ==, "integer");
  g_assert_cmpuint (find (value, "Variables/said")->parts->len, ==, 0);
  text = value_to_text (value);
  g_assert_nonnull (strstr (text, "n: 5 (size_t)"));
  csv = value_to_csv (value);
  g_assert_nonnull (strstr (csv, "Variables/n,5,size_t,"));
}

static void
test_hostile_text (void)
{
  static const char *const texts[] = { "{", "[[[[", "{\"a\": }", "[1, 2", "{}", "[]" };
  GString *deep = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      InspectorMoment *moment = new_moment ("1", "waiting", AT);
      g_autoptr (Value) value = NULL;

      add_variable (moment->variables, "odd", texts[i], "text");
      value = value_new_moment (moment, NULL);
      g_assert_cmpstr (find (value, "Variables/odd")->text, ==, texts[i]);
      g_assert_cmpuint (find (value, "Variables/odd")->parts->len, ==, 0);
      free_moment (moment);
    }
  /* As deep as a value is long: it is cut. */
  for (guint i = 0; i < 400; i++)
    g_string_append (deep, "[");
  for (guint i = 0; i < 400; i++)
    g_string_append (deep, "]");
  {
    InspectorMoment *moment = new_moment ("1", "waiting", AT);
    g_autoptr (Value) value = NULL;
    const Value *at;
    guint depth = 0;

    add_variable (moment->variables, "deep", deep->str, "text");
    value = value_new_moment (moment, NULL);
    for (at = find (value, "Variables/deep"); at->parts->len > 0; at = at->parts->pdata[0])
      depth++;
    g_assert_cmpuint (depth, <, 64);
    free_moment (moment);
  }
  g_string_free (deep, TRUE);
}

/* As INSPECT_VAR() tells it. */
static void
test_structure (void)
{
  static const char *const broken[] = { "0x5 -> {x: 1", "{x: 1}}", "{x: {y: 1}", "-> 5",
                                        "{x: \"a}",     "a -> b",  "[1, 2}" };
  InspectorMoment *moment = new_moment ("1", "waiting", AT);
  g_autoptr (Value) value = NULL;

  add_variable (
      moment->variables, "job",
      "0x55d0 -> {id: 12, name: \"a, }b\", next: 0x60 -> {id: 13}, at: [3, -4], none: {}}", "");
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    add_variable (moment->variables, broken[i], broken[i], "");
  value = value_new_moment (moment, NULL);
  g_assert_cmpstr (find (value, "Variables/job/id")->text, ==, "12");
  g_assert_cmpstr (find (value, "Variables/job/name")->text, ==, "\"a, }b\"");
  g_assert_cmpstr (find (value, "Variables/job/next")->text, ==, "0x60 -> {id: 13}");
  g_assert_cmpstr (find (value, "Variables/job/next/id")->text, ==, "13");
  g_assert_cmpstr (find (value, "Variables/job/at/[1]")->text, ==, "-4");
  g_assert_cmpuint (find (value, "Variables/job/none")->parts->len, ==, 0);
  g_assert_cmpuint (find (value, "Variables/job")->parts->len, ==, 5);
  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    g_assert_cmpuint (find (value, "Variables")->parts->len, >, i);
  for (guint i = 0; i < find (value, "Variables")->parts->len; i++)
    for (guint k = 0; k < G_N_ELEMENTS (broken); k++)
      {
        const Value *part = find (value, "Variables")->parts->pdata[i];

        if (g_str_equal (part->text, broken[k]))
          g_assert_cmpuint (part->parts->len, ==, 0);
      }
  free_moment (moment);
}

/* As C, C++ and Rust have it: what it is of, and what it is made of. */
static const struct
{
  const char *text, *type;
  const char *path; /* of a part; NULL: it has none */
  const char *part, *part_type;
} language_cases[] = {
  { "0x55d0 -> request {user_id: 7, timer: uv_timer_s {…}} (inferred)", "request *, inferred",
    "user_id", "7", "integer" },
  { "0x55d0 -> request {timer: uv_timer_s {…}, user: \"{ \\\"a\\\": 1 }\"}", "request *", "timer",
    "uv_timer_s {…}", "uv_timer_s" },
  { "request {at: point {x: 3, y: -4}, next: NULL}", "request", "at/y", "-4", "integer" },
  { "request {at: point {x: 3, y: -4}, next: 0x60 -> request {id: 8}}", "request", "next/id", "8",
    "integer" },
  { "{parent: GObject with 1 reference, size: 5} private: {width: 640} (inferred)", "inferred",
    "private/width", "640", "integer" },
  { "Circle{radius: 9}", "Circle", "radius", "9", "integer" },
  { "Pair(-3, true)", "Pair", "[1]", "true", "boolean" },
  { "Some(User{id: 5, name: \"ann\"})", "Option", "[0]/name", "\"ann\"", "text" },
  { "None", "Option", NULL, NULL, NULL },
  { "Err(\"no\")", "Result", "[0]", "\"no\"", "text" },
  { "(7, \"seven\", [])", "tuple", "[2]", "[]", "list" },
  { "[3, 1, 4, … 5 more]", "list", "…", "5 more", "" },
  { "'x'", "character", NULL, NULL, NULL },
  { "{'a': <1>, 'b': <'two, {'>}", "", "'b'", "<'two, {'>", "" },
  { "-3", "integer", NULL, NULL, NULL },
  { "0.25", "real", NULL, NULL, NULL },
  { "\"a, {b\"", "text", NULL, NULL, NULL },
  { "NULL", "pointer", NULL, NULL, NULL },
  { "0x55d0 -> unreadable (inferred)", "pointer, inferred", NULL, NULL, NULL },
  { "\"went wrong\" (code 7)", "text", NULL, NULL, NULL },
  { "COLOUR_GREEN", "", NULL, NULL, NULL },
  { "it's {a} sentence", "", NULL, NULL, NULL },
};

static void
test_languages (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (language_cases); i++)
    {
      InspectorMoment *moment = new_moment ("1", "waiting", AT);
      g_autofree char *path = g_strdup_printf ("Variables/it/%s", language_cases[i].path);
      g_autoptr (Value) value = NULL;
      const Value *part;

      g_test_message ("%s", language_cases[i].text);
      add_variable (moment->variables, "it", language_cases[i].text, "");
      value = value_new_moment (moment, NULL);
      g_assert_cmpstr (find (value, "Variables/it")->type, ==, language_cases[i].type);
      part = find (value, path);
      if (language_cases[i].path == NULL)
        g_assert_cmpuint (find (value, "Variables/it")->parts->len, ==, 0);
      else
        {
          g_assert_nonnull (part);
          g_assert_cmpstr (part->text, ==, language_cases[i].part);
          g_assert_cmpstr (part->type, ==, language_cases[i].part_type);
        }
      free_moment (moment);
    }
}

/* Text that a program says of itself is read as JSON alone. */
static void
test_said_text (void)
{
  InspectorMoment *moment = new_moment ("1", "waiting", AT);
  g_autoptr (Value) value = NULL;

  add_variable (moment->variables, "request", "GET {id: 5}", "text");
  value = value_new_moment (moment, NULL);
  for (guint i = 0; i < find (value, "Variables")->parts->len; i++)
    {
      const Value *part = find (value, "Variables")->parts->pdata[i];

      if (!g_str_equal (part->text, "GET {id: 5}"))
        continue;
      g_assert_cmpstr (part->type, ==, "text");
      g_assert_cmpuint (part->parts->len, ==, 0);
    }
  free_moment (moment);
}

static void
test_changes (void)
{
  g_autoptr (Value) before = new_value ("2", "due in 3.0 s", AT - 9);
  g_autoptr (Value) same = new_value ("2", "due in 2.0 s", AT - 9);
  g_autoptr (Value) after = new_value ("3", "waiting for a reply", AT - 1);

  value_compare (same, before);
  /* What says of itself how long it will take is the same all the while. */
  g_assert_cmpint (same->change, ==, VALUE_SAME);
  value_compare (after, before);
  g_assert_cmpint (find (after, "Variables/attempts")->change, ==, VALUE_CHANGED);
  g_assert_cmpstr (find (after, "Variables/attempts")->before, ==, "2");
  g_assert_cmpint (find (after, "Variables/state")->change, ==, VALUE_SAME);
  g_assert_cmpint (find (after, "Variables")->change, ==, VALUE_CHANGED);
  g_assert_cmpint (find (after, "Waits for/waiting for a reply")->change, ==, VALUE_NEW);
  g_assert_cmpuint (value_count_changes (find (after, "Variables")), ==, 1);
  value_compare (after, NULL);
  g_assert_cmpint (after->change, ==, VALUE_SAME);
}

static void
test_copies (void)
{
  g_autoptr (Value) value = new_value ("3", "waiting for a reply", AT - 1000000000);
  g_autofree char *text = value_to_text (value), *csv = value_to_csv (value);
  g_autofree char *json = value_to_json (value);
  g_autoptr (JsonNode) node = json_from_string (json, NULL);
  JsonObject *variables, *waits;

  g_assert_nonnull (strstr (text, "Variables\n  state: reply\n  attempts: 3 (integer)\n"));
  g_assert_nonnull (strstr (text, "\n    id: 7 (int)\n"));
  g_assert_nonnull (strstr (csv, "\r\nVariables/attempts,3,integer,same,,\r\n"));
  g_assert_nonnull (node);
  variables = json_object_get_object_member (json_node_get_object (node), "Variables");
  g_assert_cmpstr (json_object_get_string_member (variables, "attempts"), ==, "3");
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (variables, "request"), "url"),
      ==, "/posts");
  waits = json_object_get_object_member (
      json_object_get_object_member (json_node_get_object (node), "Waits for"),
      "waiting for a reply");
  /* Two that have it. */
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (waits, "had by")), ==, 2);
}

/* ---- Rows --------------------------------------------------------------------------------------- */

static void
count_changed (VariablesRow *row, guint *n)
{
  ++*n;
}

/* Rows stay while their values change, so that what is open stays open. */
static void
test_rows (void)
{
  g_autoptr (GListStore) store = g_list_store_new (VARIABLES_TYPE_ROW);
  g_autoptr (Value) before = new_value ("2", "waiting", AT - 9);
  g_autoptr (Value) after = new_value ("3", "waiting", AT - 9);
  g_autoptr (VariablesRow) group = NULL, again = NULL, attempts = NULL;
  GListModel *parts;
  guint n = 0;

  variables_rows_update (store, before->parts);
  group = g_list_model_get_item (G_LIST_MODEL (store), 0);
  parts = variables_row_get_parts (group);
  attempts = g_list_model_get_item (parts, 1);
  g_signal_connect (attempts, "changed", G_CALLBACK (count_changed), &n);
  variables_rows_update (store, before->parts);
  g_assert_cmpuint (n, ==, 0);
  variables_rows_update (store, after->parts);
  g_assert_cmpuint (n, ==, 1);
  again = g_list_model_get_item (G_LIST_MODEL (store), 0);
  g_assert_true (group == again);
  g_assert_cmpstr (variables_row_get_value (attempts)->text, ==, "3");
  /* One that goes, and one that comes in its place. */
  g_ptr_array_remove_index (find (after, "Variables")->parts, 0);
  value_add (find (after, "Variables"), value_new ("last", "1", ""));
  variables_rows_update (store, after->parts);
  g_assert_cmpuint (g_list_model_get_n_items (parts), ==, 4);
  {
    g_autoptr (VariablesRow) first = g_list_model_get_item (parts, 0);

    g_assert_true (first == attempts);
  }
}

/* ---- States ------------------------------------------------------------------------------------- */

/* connect, connect, login, reply, login, reply, reply: a millisecond in each */
static StateLog *
new_log (void)
{
  static const char *const names[] = { "connect", "connect", "login", "reply",
                                       "login",   "reply",   "reply" };
  StateLog *log = state_log_new (0, TRUE);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    state_log_add (log, i * 1000000, names[i], "step at app.c:5");
  return log;
}

static const MachineStep *
find_step (const Machine *machine, guint from, guint to)
{
  for (guint i = 0; i < machine->steps->len; i++)
    if (machine_step (machine, i)->from == from && machine_step (machine, i)->to == to)
      return machine_step (machine, i);
  return NULL;
}

static void
test_machine (void)
{
  g_autoptr (StateLog) log = new_log ();
  g_autoptr (Machine) machine = machine_new (log, 7000000, FALSE);
  g_autofree char *text = machine_to_text (machine);

  g_assert_cmpuint (machine->states->len, ==, 3);
  g_assert_cmpuint (machine->steps->len, ==, 5);
  g_assert_cmpuint (machine->first, ==, 0);
  g_assert_cmpuint (machine->current, ==, 2);
  g_assert_cmpuint (machine_step (machine, machine->last)->from, ==, 2);
  g_assert_cmpuint (find_step (machine, 1, 2)->n, ==, 2);
  g_assert_cmpuint (find_step (machine, 2, 1)->n, ==, 1);
  g_assert_cmpuint (find_step (machine, 0, 0)->n, ==, 1);
  g_assert_null (find_step (machine, 0, 2));
  g_assert_cmpint (machine_state (machine, 0)->total_ns, ==, 2000000);
  g_assert_cmpint (machine_state (machine, 2)->total_ns, ==, 3000000);
  g_assert_nonnull (strstr (text, "reply: 3 times, 3.0 ms, current\n"));
  g_assert_nonnull (strstr (text, "login → reply: 2 ×\n"));
}

/* At an earlier instant what came later is not known yet. */
static void
test_machine_of_the_past (void)
{
  g_autoptr (StateLog) log = new_log ();
  g_autoptr (Machine) before = machine_new (log, -1, FALSE);
  g_autoptr (Machine) machine = machine_new (log, 2500000, FALSE);
  g_autoptr (Machine) ended = machine_new (log, 7000000, TRUE);

  g_assert_cmpuint (before->states->len, ==, 0);
  g_assert_cmpuint (before->current, ==, G_MAXUINT);
  g_assert_cmpuint (machine->states->len, ==, 2);
  g_assert_cmpuint (machine->current, ==, 1);
  g_assert_cmpint (machine_state (machine, 1)->total_ns, ==, 500000);
  g_assert_cmpuint (ended->current, ==, G_MAXUINT);
}

static void
test_too_many (void)
{
  g_autoptr (StateLog) log = state_log_new (0, TRUE);

  for (guint i = 0; i < 1000; i++)
    {
      g_autofree char *name = g_strdup_printf ("state %u", i);

      state_log_add (log, i, name, "");
    }
  g_assert_true (log->is_cut);
  g_assert_cmpuint (log->names->len, <, 1000);
}

/* ---- What is drawn ------------------------------------------------------------------------------ */

static void
test_drawn (gconstpointer data)
{
  gboolean is_dark = GPOINTER_TO_INT (data);
  g_autoptr (StateLog) log = new_log ();
  g_autoptr (Machine) machine = machine_new (log, 7000000, FALSE);
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_RGB24, 560, 160);
  cairo_t *cr = cairo_create (surface);
  MachineLook look;

  machine_look_init (&look, is_dark, FALSE);
  look.font = &golden_font;
  machine_lay_out (machine, &golden_font, NULL);
  machine_draw (cr, machine, 560, 160, &look);
  cairo_destroy (cr);
  {
    const GoldenColour colours[] = {
      { 'A', look.accent, 5 }, { 't', look.ink, 10 },        { '-', look.dim, 4 },
      { '#', look.border, 4 }, { 'a', look.accent_box, 32 }, { 'o', look.box, 32 },
    };

    golden_compare (surface, colours, G_N_ELEMENTS (colours), is_dark ? "machine-dark" : "machine");
  }
  cairo_surface_destroy (surface);
  for (guint i = 0; i < 3; i++)
    {
      const InspectorLayoutBox *box = &machine->layout->boxes[i];
      double scale = machine_get_height (machine, 560) / machine->layout->height;
      double left = MAX ((560 - machine->layout->width * scale) / 2, 0);

      g_assert_cmpuint (machine_find_state (machine, 560, 160,
                                            left + (box->x + box->width / 2) * scale,
                                            (box->y + box->height / 2) * scale),
                        ==, i);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/variables/types-that-were-said", test_types_that_were_said);
  g_test_add_func ("/variables/tree", test_tree);
  g_test_add_func ("/variables/hostile-text", test_hostile_text);
  g_test_add_func ("/variables/structure", test_structure);
  g_test_add_func ("/variables/languages", test_languages);
  g_test_add_func ("/variables/said-text", test_said_text);
  g_test_add_func ("/variables/changes", test_changes);
  g_test_add_func ("/variables/copies", test_copies);
  g_test_add_func ("/variables/rows", test_rows);
  g_test_add_func ("/variables/machine", test_machine);
  g_test_add_func ("/variables/machine-of-the-past", test_machine_of_the_past);
  g_test_add_func ("/variables/too-many-states", test_too_many);
  g_test_add_data_func ("/variables/drawn/light", GINT_TO_POINTER (FALSE), test_drawn);
  g_test_add_data_func ("/variables/drawn/dark", GINT_TO_POINTER (TRUE), test_drawn);
  return g_test_run ();
}
