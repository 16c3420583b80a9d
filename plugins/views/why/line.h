/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef WHY_LINE_H
#define WHY_LINE_H

#include <glib.h>

G_BEGIN_DECLS

/* The answer is a list of lines: pure text, so that it is tested, copied and shown from one source. */

/** WhyKind: what a line is; how it looks is a table in row.c. */
typedef enum
{
  WHY_TITLE,      /* whose answer it is */
  WHY_SECTION,    /* what the next lines are */
  WHY_WRONG,      /* a deadlock, what never comes */
  WHY_TASK,       /* a task of the chain */
  WHY_WAIT,       /* what it waits for */
  WHY_HOLDER,     /* who has that */
  WHY_UNKNOWN,    /* that nobody is known to have it */
  WHY_FACT,       /* anything that was seen */
  WHY_SUGGESTION, /* what to do about it */
  WHY_NOTE,       /* about the answer itself */
} WhyKind;
#define WHY_N_KINDS 10

typedef struct
{
  WhyKind kind;
  guint depth;          /* in steps of the chain */
  gboolean is_cycle;    /* part of a deadlock */
  gboolean is_inferred; /* a likely reading, not one that was seen */
  char *text;
  char *age;    /* "2.3 s"; "" */
  char *place;  /* "fetch_posts at request.c:88"; "" */
  guint64 task; /* that it leads to; 0: none */
} WhyLine;

/** Returns: (transfer full) (element-type WhyLine): nothing yet */
GPtrArray *why_lines_new (void);
/**
 * why_lines_add:
 * @text: (transfer full):
 *
 * Returns: (transfer none): the line, for what else is to be said of it
 */
WhyLine *why_lines_add (GPtrArray *lines, WhyKind kind, guint depth, char *text);
/** @age_ns: negative: it is not said */
void why_line_set_age (WhyLine *line, gint64 age_ns);
void why_line_set_place (WhyLine *line, const char *place);
/**
 * why_lines_add_socket:
 * @command: (nullable): of who has the other end; ""
 *
 * Adds what the kernel says of a socket.
 */
void why_lines_add_socket (GPtrArray *lines, guint depth, const char *kind, const char *local,
                           const char *peer, const char *state, guint64 not_acknowledged,
                           guint64 not_read, const char *command);
/** The same as an earlier one leaves the row as it is. */
gboolean why_line_equal (const WhyLine *a, const WhyLine *b);

/** Returns: (transfer full): what the lines say, for the clipboard */
char *why_lines_to_text (GPtrArray *lines);
/** Returns: (transfer full): a table of the lines */
char *why_lines_to_csv (GPtrArray *lines);

G_END_DECLS

#endif
