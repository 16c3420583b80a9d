/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#ifndef VARIABLES_MACHINE_H
#define VARIABLES_MACHINE_H

#include <font.h>
#include <inspector-layout.h>

#include "state-log.h"

G_BEGIN_DECLS

/** MachineState: a state that the task has been in. */
typedef struct
{
  char *name;
  char *detail; /* "41 times, 12 ms" */
  char *place;  /* where it was entered first; "" */
  guint64 n;
  gint64 total_ns;
  gint64 since_ns; /* of the current one */
} MachineState;

/** MachineStep: from one state to another. */
typedef struct
{
  guint from, to;
  guint64 n;
  char *label; /* "41 ×" */
  gint64 last_ns;
} MachineStep;

/** Machine: how a task goes through its states, as far as it has come at one instant. */
typedef struct
{
  GArray *states; /* MachineState */
  GArray *steps;  /* MachineStep */
  guint first;    /* G_MAXUINT: there is none */
  guint current;  /* G_MAXUINT: it is in none, not yet or no more */
  guint last;     /* step that led to it; G_MAXUINT: none has */
  gboolean is_named, is_cut;
  InspectorLayout *layout;
} Machine;

#define machine_state(machine, i) (&g_array_index ((machine)->states, MachineState, (i)))
#define machine_step(machine, i) (&g_array_index ((machine)->steps, MachineStep, (i)))

/** Returns: (transfer full): of what was until @at_ns. @has_ended: the task is in no state any more. */
Machine *machine_new (const StateLog *log, gint64 at_ns, gboolean has_ended);
void machine_free (Machine *machine);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Machine, machine_free)
/** Lays it out; states that @before (nullable) has stay in their order. */
void machine_lay_out (Machine *machine, const UiFont *font, const Machine *before);
/** Returns: (transfer full): all of it, in words, lines */
char *machine_to_text (const Machine *machine);

G_END_DECLS

#endif
