/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "views.h"

#include <gmodule.h>
#include <glib/gi18n-lib.h>

/* One for the process, as loaded modules are: a view is never unloaded, for its types stay. */
static GPtrArray *views, *plugins, *warnings;

static int
compare (gconstpointer a, gconstpointer b)
{
  const InspectorPlugin *one = *(const InspectorPlugin *const *)a;
  const InspectorPlugin *other = *(const InspectorPlugin *const *)b;

  return one->order != other->order ? (one->order < other->order ? -1 : 1)
                                    : g_strcmp0 (one->id, other->id);
}

static void
load (UiView *view)
{
  GModule *module =
      g_module_open (view->plugin->path, (GModuleFlags)(G_MODULE_BIND_LAZY | G_MODULE_BIND_LOCAL));
  const InspectView *table = NULL;

  if (module == NULL)
    {
      view->trouble = g_strdup (g_module_error ());
      return;
    }
  g_module_make_resident (module);
  if (!g_module_symbol (module, INSPECT_VIEW_SYMBOL, (gpointer *)&table) || table == NULL)
    view->trouble =
        g_strdup_printf (_ ("%s exports no table “%s”"), view->plugin->path, INSPECT_VIEW_SYMBOL);
  else if (table->abi != INSPECT_VIEW_ABI ||
           table->size < G_STRUCT_OFFSET (InspectView, create_page) + sizeof table->create_page)
    view->trouble = g_strdup_printf (_ ("it was built for view interface %u, this is %d; build it "
                                        "again"),
                                     table->abi, INSPECT_VIEW_ABI);
  else if (table->create_page == NULL)
    view->trouble = g_strdup_printf (_ ("%s makes no page"), view->plugin->path);
  else
    view->table = table;
}

GPtrArray *
ui_views_get (void)
{
  if (views != NULL)
    return views;
  views = g_ptr_array_new ();
  plugins = inspector_plugins_find ("view", "views", INSPECT_VIEW_ABI, &warnings);
  g_ptr_array_sort (plugins, compare);
  for (guint i = 0; i < plugins->len; i++)
    {
      UiView *view = g_new0 (UiView, 1);

      view->plugin = plugins->pdata[i];
      load (view);
      if (view->trouble != NULL)
        g_ptr_array_add (warnings, g_strdup_printf (_ ("cannot load the view %s: %s"),
                                                    view->plugin->id, view->trouble));
      g_ptr_array_add (views, view);
    }
  return views;
}

const char *
ui_view_translate (const InspectView *table, const char *text)
{
  if (*text == '\0')
    return text; /* gettext has a header there */
  return UI_VIEW_HAS (table, text_domain) ? g_dgettext (table->text_domain, text) : _ (text);
}

GPtrArray *
ui_views_get_warnings (void)
{
  ui_views_get ();
  return warnings;
}
