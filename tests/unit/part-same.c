/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "part-same.h"

void
part_same_attributes (const ModelAttributes *a, const ModelAttributes *b)
{
  g_assert_cmpuint (a->n, ==, b->n);
  for (guint i = 0; i < a->n; i++)
    {
      g_assert_cmpuint (model_attributes_items (a)[i].number, ==,
                        model_attributes_items (b)[i].number);
      g_assert_cmpuint (model_attributes_items (a)[i].value, ==,
                        model_attributes_items (b)[i].value);
    }
}

/* Who has what it waits for, and since when. */
static void
assert_same_holders (const ModelResource *a, const ModelResource *b)
{
  const ModelHold *x = a->holds, *y = b->holds;

  g_assert_cmpint (a->exchange.task != NULL, ==, b->exchange.task != NULL);
  part_same_attributes (&a->attributes, &b->attributes);
  for (; x != NULL && y != NULL; x = x->resource_next, y = y->resource_next)
    {
      g_assert_cmpuint (x->task != NULL ? x->task->id : 0, ==, y->task != NULL ? y->task->id : 0);
      g_assert_cmpint (x->since_ns, ==, y->since_ns);
      g_assert_cmpuint (x->location, ==, y->location);
      g_assert_cmpint (x->thread != NULL ? x->thread->tid : 0, ==,
                       y->thread != NULL ? y->thread->tid : 0);
    }
  g_assert_true (x == NULL && y == NULL);
}

static void
assert_same_await (ModelTarget *whole, const ModelAwait *x, ModelTarget *part, const ModelAwait *y)
{
  const ModelTask *a = model_await_get_awaited (whole, (ModelAwait *)x);
  const ModelTask *b = model_await_get_awaited (part, (ModelAwait *)y);

  g_assert_cmpuint (x->object, ==, y->object);
  g_assert_cmpint (x->begin_ns, ==, y->begin_ns);
  g_assert_cmpuint (x->location, ==, y->location);
  part_same_attributes (&x->attributes, &y->attributes);
  g_assert_cmpuint (a != NULL ? a->id : 0, ==, b != NULL ? b->id : 0);
  g_assert_cmpint (x->resource != NULL, ==, y->resource != NULL);
  if (x->resource != NULL)
    assert_same_holders (x->resource, y->resource);
}

void
part_same_task (ModelTarget *whole, const ModelTask *a, ModelTarget *part)
{
  const ModelTask *b = model_table_find (&part->tasks, a->id);
  const ModelAwait *x = a->awaits, *y;
  const ModelHold *h = a->holds, *k;

  g_assert_nonnull (b);
  y = b->awaits;
  k = b->holds;
  g_assert_cmpint (a->begin_ns, ==, b->begin_ns);
  g_assert_cmpuint (a->location, ==, b->location);
  g_assert_cmpint (model_task_get_state (a), ==, model_task_get_state (b));
  g_assert_cmpuint (a->n_awaits, ==, b->n_awaits);
  part_same_attributes (&a->attributes, &b->attributes);
  for (; x != NULL; x = x->task_next, y = y->task_next)
    assert_same_await (whole, x, part, y);
  for (; h != NULL && k != NULL; h = h->task_next, k = k->task_next)
    {
      g_assert_cmpuint (h->resource->object, ==, k->resource->object);
      g_assert_cmpint (h->since_ns, ==, k->since_ns);
      assert_same_holders (h->resource, k->resource);
    }
  g_assert_true (h == NULL && k == NULL);
}
