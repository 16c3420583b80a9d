/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

#include "shared/tasks.h"

/* Under the lock. */
static inline TaskBase *
take_free (Tasks *self)
{
  TaskBase *task = self->first_free;
  uintptr_t at;

  if (task != NULL)
    {
      self->first_free = task->next_free;
      return task;
    }
  if (self->n_chunks == 0)
    return NULL;
  at = self->chunks[self->n_chunks - 1].begin + (uintptr_t)self->n_carved * self->task_size;
  if (at + self->task_size > self->chunks[self->n_chunks - 1].end)
    return NULL;
  self->n_carved++;
  return (TaskBase *)at;
}

static bool
add_chunk (Tasks *self, TasksReserve reserve)
{
  uint32_t n = __atomic_load_n (&self->n_chunks, __ATOMIC_RELAXED);
  size_t size;
  void *memory;

  if (n == self->max_chunks)
    return false;
  size = (size_t)self->first_chunk << n;
  memory = reserve (size);
  if (memory == NULL)
    return false;
  lock_enter (&self->lock);
  if (n == self->n_chunks)
    {
      self->chunks[n].begin = (uintptr_t)memory;
      self->chunks[n].end = (uintptr_t)memory + size;
      self->n_carved = 0;
      /* Pairs with the acquire in tasks_have(). */
      __atomic_store_n (&self->n_chunks, n + 1, __ATOMIC_RELEASE);
    }
  lock_leave (&self->lock);
  return true;
}

TaskBase *
tasks_take (Tasks *self, TasksReserve reserve)
{
  TaskBase *task;

  do
    {
      lock_enter (&self->lock);
      task = take_free (self);
      lock_leave (&self->lock);
    }
  while (task == NULL && add_chunk (self, reserve));
  return task;
}

void
tasks_give_back (Tasks *self, TaskBase *task)
{
  lock_enter (&self->lock);
  task->next_free = NULL;
  if (self->first_free == NULL)
    self->first_free = task;
  else
    self->last_free->next_free = task;
  self->last_free = task;
  lock_leave (&self->lock);
}
