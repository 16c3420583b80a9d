/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* Tables of views: what a program said stays one field, and is no formula. */

#include <csv.h>

typedef struct
{
  const char *name, *text, *field;
} FieldCase;

static const FieldCase fields[] = {
  { "plain", "plain text", "plain text" },
  { "quotes", "a \"b\", c\nd", "\"a \"\"b\"\", c\nd\"" },
  { "formula", "=1+1", "\"'=1+1\"" },
  { "formula-at", "@SUM(A1)", "\"'@SUM(A1)\"" },
  { "formula-minus", "-1+cmd|' /C calc'!A0", "\"'-1+cmd|' /C calc'!A0\"" },
  { "formula-after-a-tab", "\t=1", "\"'\t=1\"" },
  { "number", "-104", "-104" },
  { "number-with-a-sign", "+1.5e3", "+1.5e3" },
  { "sign-alone", "-", "\"'-\"" },
  { "nothing", "", "" },
};

static void
test_field (gconstpointer data)
{
  const FieldCase *row = data;
  g_autoptr (GString) csv = g_string_new (NULL);
  g_autofree char *expected = g_strdup_printf ("1,%s,2\r\n", row->field);

  ui_csv_append_number (csv, 1);
  ui_csv_append (csv, row->text);
  ui_csv_append_number (csv, 2);
  ui_csv_end_line (csv);
  g_assert_cmpstr (csv->str, ==, expected);
}

/* A line begins with a field, also where that is nothing. */
static void
test_lines (void)
{
  g_autoptr (GString) csv = g_string_new (NULL);

  for (guint i = 0; i < 2; i++)
    {
      ui_csv_append (csv, "");
      ui_csv_append (csv, "");
      ui_csv_append_number (csv, -7);
      ui_csv_end_line (csv);
    }
  g_assert_cmpstr (csv->str, ==, "\"\",,-7\r\n\"\",,-7\r\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (fields); i++)
    {
      g_autofree char *path = g_strconcat ("/csv/field/", fields[i].name, NULL);

      g_test_add_data_func (path, &fields[i], test_field);
    }
  g_test_add_func ("/csv/lines", test_lines);
  return g_test_run ();
}
