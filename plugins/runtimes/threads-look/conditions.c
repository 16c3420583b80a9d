/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "conditions.h"

#define SP 7 /* DWARF's number of it, x86-64 */
#define MAX_WORDS 512u

/* glib/gthread-posix.c: struct _GCond { gpointer p; guint i[2]; }, and i[0] is what is slept for. */
#define GCOND_WORD 8

/* Of one of both groups of waiters; in glibc 2.25 to 2.40, and since (nptl/pthread_cond_wait.c). */
static const guint words_of_condition[] = { 40, 44, 32, 36 };

/* Words of the stack from where the thread sleeps up to who has called the function of libc's. Returns: how many */
static guint
read_words (const InspectorProbeTarget *target, const InspectorProbeStack *stack, guint64 *words)
{
  guint64 from = 0, to = 0;
  guint n;

  for (guint i = 0; i < stack->n_calls && i < 8; i++)
    if ((stack->calls[i].known & 1u << SP) != 0)
      {
        if (from == 0)
          from = stack->calls[i].registers[SP] & ~(guint64)7;
        to = stack->calls[i].registers[SP] & ~(guint64)7;
      }
  if (from == 0 || to <= from)
    return 0;
  n = (guint)MIN ((to - from) / 8, MAX_WORDS);
  return target->read (target->data, from, words, n * sizeof *words) ? n : 0;
}

/* What is to be done if the thread is cancelled lies on its stack: its condition, and behind that the mutex. So the one
 * that is there is known, however this libc lays it out. */
static guint64
find_on_stack (const InspectorProbeTarget *target, guint64 word, const InspectorProbeStack *stack)
{
  guint64 words[MAX_WORDS];
  guint n = read_words (target, stack, words);

  for (guint i = 0; i + 1 < n; i++)
    for (guint k = 0; k < G_N_ELEMENTS (words_of_condition); k++)
      if (words[i] == word - words_of_condition[k] && words[i] % 8 == 0 && words[i + 1] != 0)
        return words[i];
  return 0;
}

guint64
look_find_condition (const InspectorProbeTarget *target, LookKind kind, guint64 word,
                     const InspectorProbeStack *stack)
{
  switch (kind)
    {
    case LOOK_CONDITION:
      return find_on_stack (target, word, stack);
    case LOOK_GCOND:
      return word - GCOND_WORD;
    case LOOK_SEMAPHORE:
      return word;
    default:
      return 0;
    }
}
