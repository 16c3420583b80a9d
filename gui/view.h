/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef UI_VIEW_H
#define UI_VIEW_H

#include "session.h"

/**
 * SECTION: view.h
 *
 * What a view plugin is (contract C6): a folder with a plugin.json and a shared object that exports one
 * table. plugins/README.md takes you from nothing to a view of your own.
 *
 *     INSPECT_VIEW_PLUGIN (.create_page = my_page_new)
 */

G_BEGIN_DECLS

/** The "abi" of plugin.json. */
#define INSPECT_VIEW_ABI 2

/**
 * InspectViewCommand: something that a view can do
 * @id: "zoom-in"; unique in the view
 * @label: for people, marked with N_()
 * @keys: (nullable): separated by "|", as gtk_accelerator_parse() reads them: "plus|<Control>plus"
 * @run: with the page that the view has made
 *
 * Becomes an action of the page, a shortcut while the page is shown, a row of the command palette and
 * of the window of shortcuts.
 */
typedef struct
{
  const char *id;
  const char *label;
  const char *keys;
  void (*run) (GtkWidget *page);
} InspectViewCommand;

/**
 * InspectView:
 * @size: `sizeof (InspectView)` as the plugin was compiled
 * @abi: INSPECT_VIEW_ABI
 * @create_page: a widget that shows @session; it keeps a reference of it. Called when the view is looked
 *   at for the first time. (transfer floating)
 * @commands: (nullable): ended by a row without an id
 * @dup_csv: (nullable): what the page shows, as a table; (transfer full)
 * @save_state: (nullable): zoom, filters and the like into @group of @state
 * @load_state: (nullable): the same back; what is missing or odd is left as it is
 * @text_domain: (nullable): of the labels
 * @help: (nullable): what the view shows and how it is used, in some sentences, marked with N_(); an
 *   empty line begins a new paragraph. Shown by F1, above its shortcuts
 *
 * The table that a view exports. New fields go to the end; the app reads a field only where @size
 * covers it. All is called on the main thread.
 */
typedef struct
{
  guint32 size;
  guint32 abi;
  GtkWidget *(*create_page) (UiSession *session);
  const InspectViewCommand *commands;
  char *(*dup_csv) (GtkWidget *page);
  void (*save_state) (GtkWidget *page, GKeyFile *state, const char *group);
  void (*load_state) (GtkWidget *page, GKeyFile *state, const char *group);
  const char *text_domain;
  const char *help;
} InspectView;

#define INSPECT_VIEW_SYMBOL "inspect_view"
#define INSPECT_VIEW_PLUGIN(...)                                                                   \
  __attribute__ ((visibility ("default"))) extern const InspectView inspect_view;                  \
  const InspectView inspect_view = { .size = sizeof (InspectView),                                 \
                                     .abi = INSPECT_VIEW_ABI,                                      \
                                     __VA_ARGS__ };

G_END_DECLS

#endif
