/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef SOURCE_PAGE_PRIVATE_H
#define SOURCE_PAGE_PRIVATE_H

#include "chore.h"
#include "folders.h"
#include "line-panel.h"
#include "page.h"
#include "place.h"
#include "tasks.h"
#include "viewer.h"

G_BEGIN_DECLS

/* What the page is, for the files that make it up: page.c is the widget and hears the session, page-chores.c keeps up
 * with it, page-lines.c shows what is known of lines, page-file.c has the file that is shown, page-commands.c what is
 * asked of it. */

struct _SourcePage
{
  GtkWidget parent_instance;
  UiSession *session;
  SourceFolders *folders;
  SourcePlaces *places;

  char *told; /* the file that is shown, as its compiler was told; NULL: none */
  guint line; /* to go to once it is read */
  SourceDocument *document;
  GCancellable *reading;
  gint64 built_us;

  SourcePlace here;    /* of the selected task */
  gboolean is_pinned;  /* another place was asked for */
  gboolean goes_there; /* to where the task is, once that is known */
  guint stop;          /* id of what stood still; 0: nothing did */

  InspectorFigures *figures;
  SourceLines *lines; /* of @told */
  SourceChore figures_chore;
  GPtrArray *tasks; /* SourceTasksAt */
  SourceChore tasks_chore;
  SourceChore place_chore;

  GtkWidget *box;
  GtkWidget *path, *status, *files, *follow, *open;
  GtkWidget *note, *note_label;
  GtkWidget *stack, *trouble, *choose;
  SourceViewer *viewer;
  SourceLinePanel *panel;
};

/* ---- page-lines.c ------------------------------------------------------------------------------- */

void source_page_show_lines (SourcePage *self);
void source_page_show_line (SourcePage *self);
void source_page_show_tasks_of_line (SourcePage *self, guint line);
void source_page_show_marks (SourcePage *self);
void source_page_show_here (SourcePage *self);

/* ---- page-chores.c ------------------------------------------------------------------------------ */

/* Another place was asked for: it does not go along with the selection. */
void source_page_set_pinned (SourcePage *self, gboolean is_pinned);
void source_page_queue_place (SourcePage *self);
void source_page_queue_figures (SourcePage *self);
void source_page_queue_tasks (SourcePage *self);

/* ---- page-file.c -------------------------------------------------------------------------------- */

/* @told: as its compiler was told */
void source_page_show_file (SourcePage *self, const char *told, guint line);
/* Once more: it may be found elsewhere. */
void source_page_read_file (SourcePage *self);

G_END_DECLS

#endif
