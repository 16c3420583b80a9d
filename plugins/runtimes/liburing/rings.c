/* SPDX-FileCopyrightText: async-inspect contributors
 * SPDX-License-Identifier: MIT OR Apache-2.0 */

/* The two ends of a ring. What a program puts into the one is read before it is submitted; what comes out
 * of the other, whenever one of liburing's functions is called: a program may take it out without any. */

#include "plugin.h"

#define MAX_RINGS 256u
/* Tasks of what has completed since the program waited last: what it begins with them is theirs. */
#define MAX_GRACE 64u
/* Larger than the kernel makes one. */
#define MAX_ENTRIES 65536u

/* How long entries are, from linux/io_uring.h; where it may be one or the other in one ring, nothing is
 * read. */
#define SETUP_SQE128 (1u << 10)
#define SETUP_CQE32 (1u << 11)
#define SETUP_KNOWN ((1u << 18) - 1)

#define SQE_CQE_SKIP (1u << 6)       /* IOSQE_CQE_SKIP_SUCCESS */
#define LIBURINGS_OWN ((uint64_t)-1) /* user_data of what liburing submits by itself */

typedef struct
{
  const struct io_uring *ring; /* atomic; NULL: free */
  uint32_t session;
  uint32_t seen; /* of what has come out; of who takes it out, as all below */
  uint32_t n_grace;
  InspectId grace[MAX_GRACE];
} Ring;

static Ring rings[MAX_RINGS];
/* Of this thread: what it took out last was of that task, and it alone. */
static __thread InspectId entered __attribute__ ((tls_model ("initial-exec")));

/* ---- Rings ------------------------------------------------------------------------------------ */

static uint32_t
load (const unsigned *from)
{
  return __atomic_load_n (from, __ATOMIC_ACQUIRE);
}

/* The masks are one less than a power of two. */
static bool
is_sound (const struct io_uring *ring)
{
  uint32_t in, out;

  if (ring->sq.kring_mask == NULL || ring->cq.kring_mask == NULL || ring->sq.sqes == NULL ||
      ring->cq.cqes == NULL || ring->cq.khead == NULL || ring->cq.ktail == NULL ||
      (ring->flags & ~SETUP_KNOWN) != 0)
    return false;
  in = load (ring->sq.kring_mask);
  out = load (ring->cq.kring_mask);
  return in < MAX_ENTRIES && (in & (in + 1)) == 0 && out < 2 * MAX_ENTRIES &&
         (out & (out + 1)) == 0;
}

static Ring *
find (const struct io_uring *ring)
{
  uint32_t first = (uint32_t)(((uintptr_t)ring * UINT64_C (0x9e3779b97f4a7c15)) >> 40) % MAX_RINGS;

  for (uint32_t i = 0; i < MAX_RINGS; i++)
    {
      Ring *slot = &rings[(first + i) % MAX_RINGS];
      const struct io_uring *nobody = NULL;
      const struct io_uring *has = __atomic_load_n (&slot->ring, __ATOMIC_ACQUIRE);

      if (has == ring)
        return slot;
      if (has == NULL && __atomic_compare_exchange_n (&slot->ring, &nobody, ring, false,
                                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
        {
          slot->session = 0;
          return slot;
        }
      if (has == NULL && nobody == ring)
        return slot;
    }
  return NULL;
}

/* NULL: nobody looks, or it cannot be followed. */
static Ring *
get_ring (const struct io_uring *ring)
{
  Ring *slot;

  if (!watchers_are_on ())
    return NULL;
  slot = is_sound (ring) ? find (ring) : NULL;
  if (slot == NULL)
    {
      watchers.agent.count_skipped ();
      return NULL;
    }
  /* What an earlier inspector knew ended with it. */
  if (slot->session != watchers.session)
    {
      slot->session = watchers.session;
      slot->seen = load (ring->cq.khead);
      slot->n_grace = 0;
    }
  return slot;
}

/* ---- What comes out ---------------------------------------------------------------------------- */

static void
keep_for_grace (Ring *slot, InspectId task)
{
  if (task != INSPECT_NONE && slot->n_grace < MAX_GRACE)
    slot->grace[slot->n_grace++] = task;
  else
    task_unref (task);
}

/* Returns: how many there were that the program has not taken out yet */
static uint32_t
look_at_completions (Ring *slot)
{
  const struct io_uring_cq *cq = &slot->ring->cq;
  uint32_t mask = load (cq->kring_mask), tail = load (cq->ktail);
  uint32_t shift = (slot->ring->flags & SETUP_CQE32) != 0 ? 1 : 0;

  /* More have come than there is room for: the first of them were written over. */
  if (tail - slot->seen > mask + 1)
    {
      watchers.agent.count_skipped ();
      slot->seen = tail - (mask + 1);
    }
  for (; slot->seen != tail; slot->seen++)
    {
      const struct io_uring_cqe *cqe = &cq->cqes[(slot->seen & mask) << shift];

      if (cqe->user_data != LIBURINGS_OWN)
        keep_for_grace (slot, operation_complete (slot->ring, cqe));
    }
  return tail - load (cq->khead);
}

/* The program is through with what it took out: tasks that have begun nothing new are over. */
static void
end_turn (Ring *slot)
{
  if (entered != INSPECT_NONE)
    {
      inspect_task_enter (INSPECT_NONE);
      entered = INSPECT_NONE;
    }
  for (uint32_t i = 0; i < slot->n_grace; i++)
    task_unref (slot->grace[i]);
  slot->n_grace = 0;
}

/* The program goes on with what came out. Where that is one thing, it goes on with that task; of several
 * nobody can say which one it is at. */
static void
begin_turn (Ring *slot)
{
  if (look_at_completions (slot) != 1 || slot->n_grace != 1)
    return;
  entered = slot->grace[0];
  inspect_task_enter (entered);
}

/* ---- What goes in ------------------------------------------------------------------------------- */

static const struct __kernel_timespec *
get_deadline (const struct io_uring_sqe *sqe, const struct io_uring_sqe *next)
{
  if (next == NULL || (sqe->flags & (IOSQE_IO_LINK | IOSQE_IO_HARDLINK)) == 0 ||
      next->opcode != IORING_OP_LINK_TIMEOUT)
    return NULL;
  return (const struct __kernel_timespec *)(uintptr_t)next->addr;
}

static void
look_at_submissions (const struct io_uring *ring, const void *caller)
{
  const struct io_uring_sq *sq = &ring->sq;
  uint32_t mask = load (sq->kring_mask), n = sq->sqe_tail - sq->sqe_head;
  uint32_t shift = (ring->flags & SETUP_SQE128) != 0 ? 1 : 0;

  for (uint32_t i = 0; i < n && n <= mask + 1; i++)
    {
      const struct io_uring_sqe *sqe = &sq->sqes[((sq->sqe_head + i) & mask) << shift];
      const struct io_uring_sqe *next =
          i + 1 < n ? &sq->sqes[((sq->sqe_head + i + 1) & mask) << shift] : NULL;

      if (sqe->opcode == IORING_OP_LINK_TIMEOUT || sqe->user_data == LIBURINGS_OWN)
        continue;
      /* Nothing will tell of its end. */
      if ((sqe->flags & SQE_CQE_SKIP) != 0)
        watchers.agent.count_skipped ();
      else
        operation_begin (ring, sqe, get_deadline (sqe, next), caller);
    }
}

/* ---- Hooks: a ring's life ----------------------------------------------------------------------- */

static void
forget (const struct io_uring *ring)
{
  for (uint32_t i = 0; i < MAX_RINGS; i++)
    if (__atomic_load_n (&rings[i].ring, __ATOMIC_ACQUIRE) == ring)
      {
        if (watchers_are_on () && rings[i].session == watchers.session)
          end_turn (&rings[i]);
        __atomic_store_n (&rings[i].ring, NULL, __ATOMIC_RELEASE);
      }
  operations_end (ring);
}

int
hook_io_uring_queue_init (unsigned entries, struct io_uring *ring, unsigned flags)
{
  int status = real_io_uring_queue_init (entries, ring, flags);

  if (status == 0)
    forget (ring);
  return status;
}

int
hook_io_uring_queue_init_params (unsigned entries, struct io_uring *ring,
                                 struct io_uring_params *params)
{
  int status = real_io_uring_queue_init_params (entries, ring, params);

  if (status == 0)
    forget (ring);
  return status;
}

int
hook_io_uring_queue_mmap (int fd, struct io_uring_params *params, struct io_uring *ring)
{
  int status = real_io_uring_queue_mmap (fd, params, ring);

  if (status == 0)
    forget (ring);
  return status;
}

void
hook_io_uring_queue_exit (struct io_uring *ring)
{
  forget (ring);
  real_io_uring_queue_exit (ring);
}

/* ---- Hooks: both ends ---------------------------------------------------------------------------- */

/* Cost is that of our own work, and not of what is waited for. */
#define COSTS(work)                                                                                \
  do                                                                                               \
    {                                                                                              \
      uint64_t cost_ = inspect_cost_begin ();                                                      \
                                                                                                   \
      work;                                                                                        \
      if (__builtin_expect (cost_ != 0, false))                                                    \
        inspect_cost_end (cost_);                                                                  \
    }                                                                                              \
  while (0)

static Ring *
before_submit (const struct io_uring *ring, const void *caller)
{
  Ring *slot = get_ring (ring);

  if (slot != NULL)
    COSTS (look_at_completions (slot); look_at_submissions (ring, caller));
  return slot;
}

static Ring *
before_wait (const struct io_uring *ring)
{
  Ring *slot = get_ring (ring);

  if (slot != NULL)
    COSTS (look_at_completions (slot); end_turn (slot));
  return slot;
}

static void
after_wait (Ring *slot)
{
  if (slot != NULL && watchers_are_on ())
    COSTS (begin_turn (slot));
}

int
hook_io_uring_submit (struct io_uring *ring)
{
  before_submit (ring, CALLER);
  return real_io_uring_submit (ring);
}

int
hook_io_uring_submit_and_wait (struct io_uring *ring, unsigned wait_nr)
{
  Ring *slot = before_submit (ring, CALLER);
  int status;

  if (slot != NULL)
    end_turn (slot);
  status = real_io_uring_submit_and_wait (ring, wait_nr);
  after_wait (slot);
  return status;
}

int
hook_io_uring_submit_and_wait_timeout (struct io_uring *ring, struct io_uring_cqe **cqe,
                                       unsigned wait_nr, struct __kernel_timespec *timeout,
                                       sigset_t *mask)
{
  Ring *slot = before_submit (ring, CALLER);
  int status;

  if (slot != NULL)
    end_turn (slot);
  status = real_io_uring_submit_and_wait_timeout (ring, cqe, wait_nr, timeout, mask);
  after_wait (slot);
  return status;
}

int
hook_io_uring_submit_and_get_events (struct io_uring *ring)
{
  before_submit (ring, CALLER);
  return real_io_uring_submit_and_get_events (ring);
}

int
hook_io_uring_get_events (struct io_uring *ring)
{
  before_wait (ring);
  return real_io_uring_get_events (ring);
}

/* What the inline functions of liburing.h come to when there is nothing to take out. */
int
hook___io_uring_get_cqe (struct io_uring *ring, struct io_uring_cqe **cqe, unsigned submit,
                         unsigned wait_nr, sigset_t *mask)
{
  Ring *slot = before_wait (ring);
  int status = real___io_uring_get_cqe (ring, cqe, submit, wait_nr, mask);

  after_wait (slot);
  return status;
}

int
hook_io_uring_wait_cqes (struct io_uring *ring, struct io_uring_cqe **cqe, unsigned wait_nr,
                         struct __kernel_timespec *timeout, sigset_t *mask)
{
  /* On a kernel that knows no timeouts it submits. */
  Ring *slot = timeout != NULL && (ring->features & IORING_FEAT_EXT_ARG) == 0
                   ? before_submit (ring, CALLER)
                   : NULL;
  int status;

  slot = before_wait (ring);
  status = real_io_uring_wait_cqes (ring, cqe, wait_nr, timeout, mask);
  after_wait (slot);
  return status;
}

int
hook_io_uring_wait_cqe_timeout (struct io_uring *ring, struct io_uring_cqe **cqe,
                                struct __kernel_timespec *timeout)
{
  Ring *slot = before_wait (ring);
  int status = real_io_uring_wait_cqe_timeout (ring, cqe, timeout);

  after_wait (slot);
  return status;
}

unsigned
hook_io_uring_peek_batch_cqe (struct io_uring *ring, struct io_uring_cqe **cqes, unsigned count)
{
  Ring *slot = before_wait (ring);
  unsigned n = real_io_uring_peek_batch_cqe (ring, cqes, count);

  after_wait (slot);
  return n;
}
