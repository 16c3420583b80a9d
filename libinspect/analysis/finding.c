/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "config.h"

#include "analysis/finding.h"

#include <string.h>
#include <glib/gi18n-lib.h>
#include "model/format.h"

static const char *const kind_words[FINDING_N_KINDS] = {
  [FINDING_DEADLOCK] = "deadlock", [FINDING_LOCK_ORDER] = "lock-order",
  [FINDING_NEVER] = "never",       [FINDING_SPIN] = "spin",
  [FINDING_STARVED] = "starved",   [FINDING_BLOCKED] = "blocked",
  [FINDING_LEAK] = "leak",
};
static const char *const role_words[FINDING_N_ROLES] = {
  [FINDING_WAITS] = "waits", [FINDING_TAKES] = "takes",       [FINDING_SUBJECT] = "subject",
  [FINDING_CAUSE] = "cause", [FINDING_AFFECTED] = "affected",
};
static const char *const relation_words[FINDING_N_RELATIONS] = {
  [FINDING_HOLDS] = "holds",
  [FINDING_RUNS] = "runs",
  [FINDING_COMPLETES] = "completes",
};

const char *
finding_kind_get_word (FindingKind kind)
{
  return kind_words[kind];
}

const char *
finding_role_get_word (FindingRole role)
{
  return role_words[role];
}

const char *
finding_relation_get_word (FindingRelation relation)
{
  return relation_words[relation];
}

/* ---- Places --------------------------------------------------------------------------------- */

void
finding_place_clear (FindingPlace *place)
{
  g_free (place->function);
  g_free (place->where);
  g_free (place->text);
  g_free (place->file);
  g_strfreev (place->stack);
  memset (place, 0, sizeof *place);
}

static void
place_copy (FindingPlace *place, const FindingPlace *from)
{
  finding_place_clear (place);
  place->function = g_strdup (from->function);
  place->where = g_strdup (from->where);
  place->text = g_strdup (from->text);
  place->file = g_strdup (from->file);
  place->line = from->line;
  place->stack = g_strdupv (from->stack);
}

/* Names come out of the target's files. */
static char *
dup_safe (const char *text)
{
  return text != NULL ? model_format_text (text, strlen (text)) : NULL;
}

#define MAX_FRAMES 32

/* NULL: the place is no stack. */
static char **
dup_stack (AnalysisPlaces *places, guint32 location)
{
  guint n = 0;
  const AnalysisPlace *const *frames = analysis_places_get_frames (places, location, &n);
  g_autoptr (GPtrArray) stack = NULL;

  if (n < 2)
    return NULL;
  stack = g_ptr_array_new ();
  for (guint i = 0; i < n && stack->len < MAX_FRAMES; i++)
    {
      g_autofree char *text = analysis_place_dup_text (frames[i]);

      if (!frames[i]->is_runtime)
        g_ptr_array_add (stack, dup_safe (text));
    }
  g_ptr_array_add (stack, NULL);
  return (char **)g_ptr_array_free (g_steal_pointer (&stack), FALSE);
}

void
finding_place_set (FindingPlace *place, AnalysisPlaces *places, guint32 location)
{
  const AnalysisPlace *known = analysis_places_get (places, location);
  g_autofree char *text = analysis_place_dup_text (known);

  finding_place_clear (place);
  place->function = dup_safe (known->function);
  place->where = dup_safe (known->where);
  place->text = dup_safe (text);
  place->file = dup_safe (known->file);
  place->line = known->line;
  place->stack = dup_stack (places, location);
}

char *
finding_describe_thread (AnalysisFacts *facts, int tid)
{
  g_autofree char *name = NULL;
  g_autofree char *safe = NULL;
  char state;

  if (facts == NULL || !analysis_facts_get_thread (facts, tid, &name, &state) || name == NULL)
    return g_strdup_printf (_ ("thread %d"), tid);
  safe = dup_safe (name);
  return g_strdup_printf (_ ("%s (thread %d)"), safe, tid);
}

char *
finding_place_dup_line (const FindingPlace *place)
{
  if (place->where == NULL || *place->where == '\0')
    return g_strdup (place->function);
  if (place->function == NULL)
    return g_strdup (place->where);
  return g_strdup_printf ("%s (%s)", place->where, place->function);
}

/* ---- Findings ------------------------------------------------------------------------------- */

static void
thing_clear (FindingThing *thing)
{
  g_free (thing->name);
  g_free (thing->kind);
  finding_place_clear (&thing->place);
}

static void
evidence_free (gpointer data)
{
  FindingEvidence *evidence = data;

  g_free (evidence->task_name);
  g_free (evidence->thread);
  thing_clear (&evidence->wanted);
  thing_clear (&evidence->held);
  g_free (evidence->sentence);
  g_free (evidence);
}

Finding *
finding_new (FindingKind kind, AnalysisCertainty certainty)
{
  Finding *finding = g_new0 (Finding, 1);

  finding->kind = kind;
  finding->certainty = certainty;
  finding->since_ns = -1;
  finding->count = 1;
  finding->is_pending = TRUE;
  finding->evidence = g_ptr_array_new_with_free_func (evidence_free);
  return finding;
}

void
finding_free (Finding *finding)
{
  if (finding == NULL)
    return;
  g_free (finding->id);
  g_free (finding->title);
  g_free (finding->detail);
  g_ptr_array_unref (finding->evidence);
  g_free (finding->suggestion);
  finding_place_clear (&finding->change);
  g_free (finding);
}

FindingEvidence *
finding_add_evidence (Finding *finding, FindingRole role)
{
  FindingEvidence *evidence;

  if (finding->evidence->len == FINDING_MAX_EVIDENCE)
    {
      finding->n_hidden++;
      return NULL;
    }
  evidence = g_new0 (FindingEvidence, 1);
  evidence->role = role;
  evidence->wanted.since_ns = evidence->held.since_ns = -1;
  g_ptr_array_add (finding->evidence, evidence);
  return evidence;
}

/* Order does not matter: a cycle begins anywhere. Who waits behind it is chance. Addresses and task numbers differ from run to
 * run, places do not. */
static guint32
hash_evidence (const FindingEvidence *evidence)
{
  g_autofree char *text = g_strdup_printf (
      "%d %s %s %s %s", evidence->role, evidence->wanted.kind != NULL ? evidence->wanted.kind : "",
      evidence->wanted.place.text != NULL ? evidence->wanted.place.text : "",
      evidence->held.kind != NULL ? evidence->held.kind : "",
      evidence->held.place.text != NULL ? evidence->held.place.text : "");

  return g_str_hash (text);
}

void
finding_seal (Finding *finding)
{
  guint32 sum = 0;

  for (guint i = 0; i < finding->evidence->len; i++)
    {
      const FindingEvidence *evidence = g_ptr_array_index (finding->evidence, i);

      if (evidence->role != FINDING_AFFECTED)
        sum += hash_evidence (evidence);
    }
  g_free (finding->id);
  finding->id = g_strdup_printf ("%s-%08x", kind_words[finding->kind], sum);
}

gboolean
finding_involves (const Finding *finding, guint64 task)
{
  for (guint i = 0; task != 0 && i < finding->evidence->len; i++)
    {
      const FindingEvidence *evidence = g_ptr_array_index (finding->evidence, i);

      if (evidence->task == task &&
          (evidence->role == FINDING_WAITS || evidence->role == FINDING_SUBJECT))
        return TRUE;
    }
  return FALSE;
}

gboolean
finding_tells_of (const Finding *finding, guint64 task)
{
  for (guint i = 0; i < finding->evidence->len; i++)
    if (((const FindingEvidence *)g_ptr_array_index (finding->evidence, i))->task == task)
      return TRUE;
  return FALSE;
}

void
finding_suggest (Finding *finding, const char *suggestion, const FindingPlace *place)
{
  g_autofree char *line = finding_place_dup_line (place);
  const char *sentence, *gap;

  if (line == NULL)
    return;
  /* One %s, which is no format once it is translated. */
  sentence = _ (suggestion);
  gap = strstr (sentence, "%s");
  g_free (finding->suggestion);
  finding->suggestion =
      gap == NULL ? g_strdup (sentence)
                  : g_strdup_printf ("%.*s%s%s", (int)(gap - sentence), sentence, line, gap + 2);
  place_copy (&finding->change, place);
}
